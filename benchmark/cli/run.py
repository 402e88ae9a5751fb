"""`bench run`: train and test detectors, store every outcome, print the board."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import store_option
from benchmark.cli.run_options import Execution, counts, execution_options, plan_jobs, run_jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmark.registry import Registry
    from benchmark.running.job import Job
    from benchmark.running.options import RunOptions
    from benchmark.running.runner import Backlog


@click.command("run")
@click.option("--detector", "detectors", multiple=True, metavar="NAME", help="A detector. May be repeated.")
@click.option(
    "--dataset", "datasets", multiple=True, metavar="NAME", help="A dataset. May be repeated.  [default: digits]"
)
@click.option("--classes", metavar="LIST", help="Normal classes, as 0-9 or 0,3 or names.  [default: all]")
@click.option("--seeds", type=click.IntRange(1), metavar="N", help="Seeds 0 to N-1.  [default: 1]")
@click.option("--seed", "seed_list", type=int, multiple=True, metavar="K", help="One seed. May be repeated.")
@click.option(
    "--preset", metavar="NAME", help="A preset of the detector; `bench show DETECTOR` lists them.  [default: fast]"
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A parameter, in TOML. KEY=A,B runs both values; DETECTOR.KEY=VALUE applies to one detector. May be repeated.",
)
@click.option(
    "--data-set", "data_settings", multiple=True, metavar="KEY=VALUE", help="An option of the dataset. May be repeated."
)
@click.option(
    "--accept-data",
    multiple=True,
    metavar="NAME",
    help="Accept this dataset although its fingerprint is unknown; boards then have a note. May be repeated.",
)
@click.option(
    "--validation",
    type=float,
    metavar="SHARE",
    help="Share of the training images to hold out.  [default: 0.1; 0 with --preset paper]",
)
@click.option(
    "--validation-only",
    is_flag=True,
    default=None,
    help="Measure on the held-out images and use no test image: for choosing parameters.",
)
@click.option(
    "--config",
    "study_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A study in TOML, which names the detectors. Options on the command line replace those of the file.",
)
@execution_options
@click.option("--dry-run", is_flag=True, help="List the trials; train nothing. Datasets are downloaded if needed.")
@store_option
@click.pass_context
def command(ctx: click.Context, /, store_path: Path, execution: Execution, dry_run: bool, **asked: Any) -> None:
    """Train detectors on one class at a time, test them on all classes, and print the board.

    Trials that the store already has are not run again, so an interrupted run continues where it stopped. Ctrl-C once
    lets running trials finish; twice stops them. Finished trials are stored. The board is also written to DATASET.md
    next to the store.
    """  # fmt: skip
    from benchmark.cli.request import Asked, make_request
    from benchmark.registry import registry

    accepted = asked.pop("accept_data")
    known = registry()
    for name in accepted:
        known.datasets.require(name)  # a misspelt one would be accepted silently, and the data refused
    if accepted:
        os.environ["BENCH_ACCEPT_DATA"] = ",".join(accepted)  # read where the data are loaded
    request = make_request(Asked(**asked), threads=execution.threads, gpu=execution.gpu)
    jobs = plan_jobs(request, known, execution)
    if dry_run:
        _print_plan(jobs, _peek(store_path, jobs, execution.options), known)
        return
    attempts = run_jobs(jobs, store_path, known, execution)
    if attempts is None:
        ctx.exit(130)
    _print_boards(jobs, store_path, validation=request.validation_only)
    if any(attempt.status != "ok" for attempt in attempts.values()):
        ctx.exit(1)


def _peek(store_path: Path, jobs: Sequence[Job], options: RunOptions) -> Backlog:
    from benchmark.results import Store
    from benchmark.running.runner import backlog

    if not store_path.is_file():
        return backlog(jobs, None, options)
    with Store(store_path) as store:
        return backlog(jobs, store, options)


def _print_plan(jobs: Sequence[Job], todo: Backlog, known: Registry) -> None:
    from benchmark.reports.settings import assignments, non_default

    for job in jobs:
        trial = job.trial
        state = f"kept ({todo.kept[trial.id].status})" if trial.id in todo.kept else "run"
        settings = assignments(non_default(trial, job.task, known))
        click.echo(f"{trial.id[:10]}  {state:9}  {trial}{settings and f'  {settings}'}")
    click.echo(counts(todo))


def _print_boards(jobs: Sequence[Job], store_path: Path, *, validation: bool) -> None:
    from benchmark.cli.leaderboard import board_report
    from benchmark.cli.report_command import format_of, write_report

    for dataset in dict.fromkeys(job.trial.dataset for job in jobs):
        report = board_report(store_path, dataset, validation=validation)
        path = store_path.parent / f"{dataset}{'.validation' if validation else ''}.md"
        write_report(report, format_of(path), path)
        write_report(report, format_of())
        click.echo(f"(written to {path})", err=True)
