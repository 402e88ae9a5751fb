"""`bench run`: train and judge detectors, keep every outcome, print the board."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import store_option, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmark.interfaces.observer import Observer
    from benchmark.protocol import Request
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
@click.option("--preset", metavar="NAME", help="fast, paper or smoke.  [default: fast]")
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
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Threads of each trial.  [default: 1]")
@click.option(
    "--engine", type=click.Choice(["serial"]), default="serial", show_default=True, help="How trials are run."
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
@click.option("--force", is_flag=True, help="Run again what the store already has; nothing is deleted.")
@click.option("--trust-version", is_flag=True, help="Keep outcomes of another source of the same version.")
@click.option(
    "--config",
    "study_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A study in TOML; options given here win over it.",
)
@click.option("--observer", "observers", multiple=True, metavar="NAME[=ARGUMENT]", help="May be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what would run, and run nothing.")
@click.option("--quiet", is_flag=True, help="No progress; the table alone.")
@store_option
@click.pass_context
def command(ctx: click.Context, /, store_path: Path, **options: Any) -> None:
    """Train detectors on one class at a time, judge them on all classes, and print the board.

    What the store already has is not run again: an interrupted run goes on where it stopped.
    """
    from benchmark import protocol
    from benchmark.engines.processes import ProcessEngine
    from benchmark.registry import registry
    from benchmark.runner import Runner, backlog
    from benchmark.store import Store

    known = registry()
    request = _request(options)
    jobs = protocol.plan(request, known)
    rerun = {"force": options["force"], "trust_version": options["trust_version"]}
    if options["dry_run"]:
        _print_plan(jobs, _peek(store_path, jobs, rerun))
        return
    observers = _observers(known, options["observers"], quiet=options["quiet"])
    with Store(store_path, create=True) as store:
        todo = backlog(jobs, store, **rerun)
        if not options["quiet"]:
            click.echo(f"{_counted(todo)} Store: {store_path}", err=True)
        runner = Runner(
            ProcessEngine(workers=1),
            store,
            observers=observers,
            complain=lambda text: click.echo(f"bench: {text}", err=True),
        )
        try:
            statuses = {**todo.kept, **(runner.run(todo.missing) if todo.missing else {})}
        except KeyboardInterrupt:
            click.echo(f"\nbench: what is done is kept in {store_path}; the same command goes on from there", err=True)
            raise
    _print_boards(jobs, request, store_path)
    if any(statuses[job.trial.id] != "ok" for job in jobs):
        ctx.exit(1)


def _request(options: dict[str, Any]) -> Request:
    """Return what is asked: the study file where there is one, the command line over it."""
    from benchmark.cli.study import Study, StudyDetector, read_study
    from benchmark.cli.values import combinations, detector_choices, parse_settings
    from benchmark.protocol import DatasetChoice, Request

    own_detectors = options["detectors"] or options["settings"] or options["preset"]
    if options["study_path"]:
        if own_detectors:
            raise click.UsageError("--config names the detectors; --detector, --set and --preset do not go with it")
        study = read_study(options["study_path"])
        choices = study.choices()
    else:
        if not options["detectors"]:
            raise click.UsageError("name a detector with --detector NAME; `bench list detectors` shows them all")
        study = Study(detectors=(StudyDetector(name=""),))
        choices = detector_choices(options["detectors"], options["preset"] or "fast", options["settings"])
    if options["seeds"] and options["seed_list"]:
        raise click.UsageError("--seeds N and --seed K exclude each other")

    def given(name: str) -> Any:
        return getattr(study, name) if options[name] is None else options[name]

    seeds = options["seed_list"] or given("seeds")
    data_values = combinations(parse_settings(options["data_settings"]))
    names = dict.fromkeys(options["datasets"] or study.datasets)
    return Request(
        detectors=choices,
        datasets=tuple(DatasetChoice(name=name, values=values) for name in names for values in data_values),
        classes=given("classes") or "",
        seeds=tuple(dict.fromkeys(range(seeds) if isinstance(seeds, int) else seeds)),
        validation=given("validation"),
        validation_only=given("validation_only"),
        threads=given("threads"),
    )


def _observers(known: Registry, texts: tuple[str, ...], *, quiet: bool) -> dict[str, Observer]:
    from benchmark.cli.progress import LineProgress, LiveProgress

    observers: dict[str, Observer] = {}
    if not quiet:
        observers["progress"] = LiveProgress() if sys.stderr.isatty() else LineProgress()
    for text in texts:
        name, _, argument = text.partition("=")
        observers[text] = known.observers[name].build(argument)
    return observers


def _peek(store_path: Path, jobs: Sequence[Job], rerun: dict[str, Any]) -> Backlog:
    from benchmark.runner import backlog
    from benchmark.store import Store

    if not store_path.is_file():
        return backlog(jobs, None, **rerun)
    with Store(store_path) as store:
        return backlog(jobs, store, **rerun)


def _print_plan(jobs: Sequence[Job], todo: Backlog) -> None:
    for trial in (job.trial for job in jobs):
        click.echo(f"{trial.id[:10]}  {f'kept ({todo.kept[trial.id]})' if trial.id in todo.kept else 'run':9}  {trial}")
    click.echo(_counted(todo))


def _counted(todo: Backlog) -> str:
    kept = f", {len(todo.kept)} already in the store" if todo.kept else ""
    return f"{len(todo.missing)} trial{'s' * (len(todo.missing) != 1)} to run{kept}."


def _print_boards(jobs: Sequence[Job], request: Request, store_path: Path) -> None:
    from benchmark.cli.leaderboard import board_text

    for dataset in dict.fromkeys(job.trial.dataset for job in jobs):
        text = board_text(store_path, dataset, validation=request.validation_only)
        path = store_path.parent / f"{dataset}{'.validation' if request.validation_only else ''}.md"
        write_text(path, text)
        click.echo(text, nl=False)
        click.echo(f"(written to {path})", err=True)
