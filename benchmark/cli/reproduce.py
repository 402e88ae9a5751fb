"""`bench reproduce`: runs a publication's recipe and compares with its numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import ledger_option
from benchmark.cli.report_command import report_command
from benchmark.cli.run_options import Execution, execution_options, plan_jobs, run_jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmark.interfaces.specs import DetectorSpec
    from benchmark.registry import Registry
    from benchmark.reports.board import Row
    from benchmark.reports.document import Report
    from benchmark.reports.published.ledger import Ledger, Published
    from benchmark.running.job import Job


@click.command("reproduce")
@click.argument("detector")
@click.option("--dataset", required=True, metavar="NAME", help="The dataset that the numbers were published on.")
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Seeds 0 to N-1.")
@click.option("--strict", is_flag=True, help="Exit 1 if a class, or the mean, is below; needs two seeds.")
@execution_options
@ledger_option
@report_command()
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    detector: str,
    dataset: str,
    seeds: int,
    strict: bool,
    ledger_path: Path | None,
    store_path: Path,
    execution: Execution,
) -> tuple[Report, int]:
    """Run DETECTOR as its publication did, on all classes, and compare each class with the published number.

    The recipe is the preset for DATASET, or else `paper`. Trials that the store already has are not run again. Exit
    code 0: every class has a number; 1: a number is missing, or with --strict is significantly below the published
    one. With one seed there is no verdict.
    """  # fmt: skip
    if strict and seeds < 2:
        raise click.UsageError("--strict needs at least --seeds 2: with one seed there is no verdict")
    from benchmark.registry import registry
    from benchmark.reports.beside import by_class
    from benchmark.reports.published.ledger import Ledger
    from benchmark.reports.reproduction import Reproduction, reproduction_report
    from benchmark.running.request import DatasetChoice, DetectorChoice, Request

    known = registry()
    spec = known.detectors[detector]
    known.datasets.require(dataset)
    ledger = Ledger.read(ledger_path)
    published = _published(spec, dataset, ledger)
    preset = paper_preset(spec, dataset)
    request = Request(
        detectors=(DetectorChoice(name=detector, preset=preset),),
        datasets=(DatasetChoice(name=dataset),),
        seeds=tuple(range(seeds)),
        threads=execution.threads or 1,
        gpu=execution.gpu,
    )
    jobs = plan_jobs(request, known, execution)
    attempts = run_jobs(jobs, store_path, known, execution)
    if attempts is None:
        ctx.exit(130)
    row, reruns = _row(jobs, store_path, known), ledger.reruns_of(spec.reference, dataset)
    reproduction = Reproduction(
        dataset=dataset,
        preset=preset,
        row=row,
        published=published,
        comparisons=by_class(row, published, reruns),
        reruns=reruns,
    )
    failed = any(attempt.status != "ok" for attempt in attempts.values())
    failed = failed or not reproduction.complete or (strict and reproduction.falls_below)
    return reproduction_report(reproduction), int(failed)


def paper_preset(spec: DetectorSpec, dataset: str) -> str:
    """Return the name of the preset that is the publication's recipe on a dataset.

    Raises
    ------
    UnknownName
        If the detector has none.
    """
    from benchmark.interfaces.errors import UnknownName
    from benchmark.reports.recipe import recipe_preset

    if name := recipe_preset(spec, dataset):
        return name
    others = ", ".join(["fast", *spec.presets])
    raise UnknownName(
        f"detector {spec.name!r} has no preset 'paper' and none for the dataset {dataset!r}, so its published recipe is"
        f" not known; its presets: {others}"
    )


def _published(spec: DetectorSpec, dataset: str, ledger: Ledger) -> Published:
    from benchmark.interfaces.errors import UnknownName

    if not spec.reference:
        raise UnknownName(
            f"detector {spec.name!r} has no published numbers to compare with (`reference` of its spec is empty)"
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
    from benchmark.reports.beside import METRIC
    from benchmark.reports.rows import make_board
    from benchmark.reports.settings import non_default
    from benchmark.results import Store

    wanted = {job.trial.id for job in jobs}
    dataset = jobs[0].trial.dataset
    with Store(store_path) as store:
        outcomes = [outcome for outcome in store.outcomes(dataset) if outcome.trial.id in wanted]
    board = make_board(
        dataset,
        outcomes,
        known.metrics[METRIC],
        non_default=lambda outcome: non_default(outcome.trial, outcome.task, known),
    )
    (row,) = board.rows  # the jobs differ in class and seed alone
    return row
