"""`bench reproduce`: a detector under its publication's recipe, beside the published numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import execution_options, ledger_option, store_option, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmark.interfaces.specs import DetectorSpec
    from benchmark.ledger import Ledger, Published
    from benchmark.registry import Registry
    from benchmark.report.board import Row
    from benchmark.trial import Job

__all__ = ["command", "recipe"]


@click.command("reproduce")
@click.argument("detector")
@click.option("--dataset", required=True, metavar="NAME", help="The dataset that the numbers were published on.")
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Seeds 0 to N-1.")
@click.option("--strict", is_flag=True, help="Exit 1 if a class, or the mean, is below what was published.")
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write there, not to the screen."
)
@execution_options
@ledger_option
@store_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    detector: str,
    dataset: str,
    form: str,
    output: Path | None,
    ledger_path: Path | None,
    store_path: Path,
    **options: Any,
) -> None:
    """Run DETECTOR as its publication did, on all classes, and hold each class against the published number.

    The recipe is the preset paper_DATASET, or else paper. What the store already has is not run again. Exit code 0:
    every class has its number; 1: one is missing, or falls below under --strict.
    """  # fmt: skip
    from benchmark.cli.execution import planned, run_missing
    from benchmark.cli.request import request_of
    from benchmark.ledger import Ledger
    from benchmark.registry import registry
    from benchmark.report.published import by_class
    from benchmark.report.reproduction import FORMATS, Reproduction

    known = registry()
    spec = known.detectors[detector]
    _ = known.datasets[dataset]
    ledger = Ledger.read(ledger_path)
    published = _published(spec, dataset, ledger)
    preset = recipe(spec, dataset)
    asked = {"detectors": (detector,), "datasets": (dataset,), "preset": preset, "seeds": options["seeds"]}
    jobs = planned(request_of({**UNASKED, **options, **asked}), known, options)
    statuses = run_missing(jobs, store_path, known, options)
    if statuses is None:
        ctx.exit(130)
    row, reruns = _row(jobs, store_path, known), ledger.reruns_of(spec.reference, dataset)
    made = Reproduction(
        dataset=dataset,
        preset=preset,
        row=row,
        published=published,
        comparisons=by_class(row, published, reruns),
        reruns=reruns,
    )
    if output is None:
        click.echo(FORMATS[form](made), nl=False)
    else:
        write_text(output, FORMATS[form](made))
    failed = any(statuses[job.trial.id] != "ok" for job in jobs)
    if failed or not made.complete or (options["strict"] and made.falls_below):
        ctx.exit(1)


UNASKED = {
    "settings": (), "data_settings": (), "seed_list": (), "study_path": None, "classes": None, "validation": None,
    "validation_only": None,
}  # fmt: skip
"""What `bench run` lets one ask and a reproduction does not."""


def recipe(spec: DetectorSpec, dataset: str) -> str:
    """Return the preset that is the publication's recipe on a dataset.

    Raises
    ------
    UnknownName
        If the detector has none.
    """
    from benchmark.interfaces.errors import UnknownName

    for name in (f"paper_{dataset}", "paper"):
        if name in spec.presets:
            return name
    others = ", ".join(["fast", *spec.presets])
    raise UnknownName(
        f"detector {spec.name!r} has no preset 'paper_{dataset}' and no 'paper', so nobody knows the published recipe;"
        f" its presets: {others}"
    )


def _published(spec: DetectorSpec, dataset: str, ledger: Ledger) -> Published:
    from benchmark.interfaces.errors import UnknownName

    if not spec.reference:
        raise UnknownName(
            f"detector {spec.name!r} names no published numbers to be held against (`reference` of its spec)"
        )
    published = ledger.of(spec.reference, dataset)
    if published is None:
        elsewhere = ", ".join(ledger.datasets_of(spec.reference)) or "no dataset"
        raise UnknownName(
            f"the ledger has no numbers of {spec.reference!r}, which {spec.name!r} refers to, on {dataset!r};"
            f" it has them on: {elsewhere}"
        )
    return published


def _row(jobs: Sequence[Job], store_path: Path, known: Registry) -> Row:
    from benchmark.report.board import make_board
    from benchmark.report.published import METRIC
    from benchmark.report.settings import settings_text
    from benchmark.store import Store

    wanted = {job.trial.id for job in jobs}
    dataset = jobs[0].trial.dataset
    with Store(store_path) as store:
        outcomes = [outcome for outcome in store.outcomes(dataset) if outcome.trial.id in wanted]
    board = make_board(
        dataset,
        outcomes,
        known.metrics[METRIC],
        settings=lambda outcome: settings_text(outcome.trial, outcome.task, known),
    )
    (row,) = board.rows  # the jobs differ in class and seed alone
    return row
