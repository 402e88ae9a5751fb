"""`bench run`: train and judge detectors, keep every outcome, print the board."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import execution_options, store_option, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmark.registry import Registry
    from benchmark.runner import Backlog
    from benchmark.trial import Job

__all__ = ["command"]


@click.command("run")
@click.option("--detector", "detectors", multiple=True, metavar="NAME", help="May be repeated.")
@click.option("--dataset", "datasets", multiple=True, metavar="NAME", help="May be repeated.  [default: digits]")
@click.option("--classes", metavar="LIST", help="Normal classes, as 0-9 or 0,3 or names.  [default: all]")
@click.option("--seeds", type=click.IntRange(1), metavar="N", help="Seeds 0 to N-1.  [default: 1]")
@click.option("--seed", "seed_list", type=int, multiple=True, metavar="K", help="This seed. May be repeated.")
@click.option(
    "--preset", metavar="NAME", help="fast, or another that the detector has: `bench show DETECTOR`.  [default: fast]"
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A parameter, in TOML; KEY=A,B tries both; DETECTOR.KEY=VALUE sets one detector's. May be repeated.",
)
@click.option(
    "--data-set", "data_settings", multiple=True, metavar="KEY=VALUE", help="An option of the dataset. May be repeated."
)
@click.option(
    "--accept-data",
    multiple=True,
    metavar="NAME",
    help="Take this dataset whatever its fingerprint; boards then say so. May be repeated.",
)
@click.option(
    "--validation",
    type=float,
    metavar="SHARE",
    help="Share of the training images held out.  [default: 0.1; 0 with --preset paper]",
)
@click.option(
    "--validation-only",
    is_flag=True,
    default=None,
    help="Judge on the held-out images and see no test image: for choosing parameters.",
)
@click.option(
    "--config",
    "study_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A study in TOML; it names the detectors, the other options given here win over it.",
)
@execution_options
@click.option("--dry-run", is_flag=True, help="Say what would run, and run nothing.")
@store_option
@click.pass_context
def command(ctx: click.Context, /, store_path: Path, **options: Any) -> None:
    """Train detectors on one class at a time, judge them on all classes, and print the board.

    What the store already has is not run again: an interrupted run goes on where it stopped. Ctrl-C once finishes what
    is running, twice stops it; what is done is kept.
    """  # fmt: skip
    from benchmark.cli.execution import planned, run_missing
    from benchmark.cli.request import request_of
    from benchmark.registry import registry

    if options["accept_data"]:
        os.environ["BENCH_ACCEPT_DATA"] = ",".join(options["accept_data"])  # workers load the data too
    known = registry()
    for name in options["accept_data"]:
        _ = known.datasets[name]  # a misspelt one would be accepted silently, and the data refused
    request = request_of(options)
    jobs = planned(request, known, options)
    if options["dry_run"]:
        _print_plan(jobs, _peek(store_path, jobs, options), known)
        return
    statuses = run_missing(jobs, store_path, known, options)
    if statuses is None:
        ctx.exit(130)
    _print_boards(jobs, store_path, validation=request.validation_only)
    if any(statuses[job.trial.id] != "ok" for job in jobs):
        ctx.exit(1)


def _peek(store_path: Path, jobs: Sequence[Job], options: dict[str, Any]) -> Backlog:
    from benchmark.runner import backlog
    from benchmark.store import Store

    rerun = {name: options[name] for name in ("force", "trust_version")}
    if not store_path.is_file():
        return backlog(jobs, None, **rerun)
    with Store(store_path) as store:
        return backlog(jobs, store, **rerun)


def _print_plan(jobs: Sequence[Job], todo: Backlog, known: Registry) -> None:
    from benchmark.cli.execution import counted
    from benchmark.report.settings import settings_text

    for job in jobs:
        trial = job.trial
        state = f"kept ({todo.kept[trial.id]})" if trial.id in todo.kept else "run"
        settings = settings_text(trial, job.task, known)
        click.echo(f"{trial.id[:10]}  {state:9}  {trial}{settings and f'  {settings}'}")
    click.echo(counted(todo))


def _print_boards(jobs: Sequence[Job], store_path: Path, *, validation: bool) -> None:
    from benchmark.cli.leaderboard import board_text

    for dataset in dict.fromkeys(job.trial.dataset for job in jobs):
        text = board_text(store_path, dataset, validation=validation)
        path = store_path.parent / f"{dataset}{'.validation' if validation else ''}.md"
        write_text(path, text)
        click.echo(text, nl=False)
        click.echo(f"(written to {path})", err=True)
