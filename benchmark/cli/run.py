"""`bench run`: train and judge detectors, keep every outcome, print the board."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import store_option, told_of_fetching, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmark.interfaces.observer import Observer
    from benchmark.registry import Registry
    from benchmark.runner import Backlog, Runner
    from benchmark.store import Store
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
@click.option(
    "--engine",
    type=click.Choice(["processes", "serial"]),
    default="processes",
    show_default=True,
    help="Several workers, the longest trials first; or one, in order.",
)
@click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="Worker processes.  [default: the cores, by --threads]"
)
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Threads of each trial.  [default: 1]")
@click.option("--device", default="cpu", show_default=True, metavar="cpu|cuda[:K]|auto", help="Where to compute.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop a trial that takes longer, its framework once loaded.",
)
@click.option(
    "--memory-limit",
    type=click.FloatRange(0, min_open=True),
    metavar="MIB",
    help="Stop a trial whose worker holds more resident memory.",
)
@click.option("--force", is_flag=True, help="Run again what the store already has; nothing is deleted.")
@click.option("--trust-version", is_flag=True, help="Keep outcomes of another source of the same version.")
@click.option("--observer", "observers", multiple=True, metavar="NAME[=ARGUMENT]", help="May be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what would run, and run nothing.")
@click.option("--quiet", is_flag=True, help="No progress; the table alone.")
@store_option
@click.pass_context
def command(ctx: click.Context, /, store_path: Path, **options: Any) -> None:
    """Train detectors on one class at a time, judge them on all classes, and print the board.

    What the store already has is not run again: an interrupted run goes on where it stopped. Ctrl-C once finishes what
    is running, twice stops it; what is done is kept.
    """  # fmt: skip
    from benchmark import protocol
    from benchmark.cli.request import request_of
    from benchmark.registry import registry
    from benchmark.runner import backlog
    from benchmark.store import Store

    if options["engine"] == "serial" and options["workers"]:
        raise click.UsageError("--engine serial has one worker; --workers goes with --engine processes")
    if options["accept_data"]:
        os.environ["BENCH_ACCEPT_DATA"] = ",".join(options["accept_data"])  # workers load the data too
    known = registry()
    for name in options["accept_data"]:
        _ = known.datasets[name]  # a misspelt one would be accepted silently, and the data refused
    request = request_of(options)
    if options["device"] == "auto":
        click.echo(f"device: {'cpu' if request.gpu is None else f'cuda:{request.gpu}'}", err=True)
    with told_of_fetching(quiet=options["quiet"]):
        jobs = protocol.plan(request, known)
    rerun = {"force": options["force"], "trust_version": options["trust_version"]}
    if options["dry_run"]:
        _print_plan(jobs, _peek(store_path, jobs, rerun), known)
        return
    observers = _observers(known, options["observers"], quiet=options["quiet"])
    with Store(store_path, create=True) as store:
        todo = backlog(jobs, store, **rerun)
        if not options["quiet"]:
            click.echo(f"{_counted(todo)} Store: {store_path}", err=True)
        statuses, interrupted = _run(todo, store, observers, options)
    if interrupted:
        click.echo(f"bench: what is done is kept in {store_path}; the same command goes on from there", err=True)
        ctx.exit(130)
    _print_boards(jobs, store_path, validation=request.validation_only)
    if any(statuses[job.trial.id] != "ok" for job in jobs):
        ctx.exit(1)


def _run(
    todo: Backlog, store: Store, observers: dict[str, Observer], options: dict[str, Any]
) -> tuple[dict[str, str], bool]:
    """Run what is missing; return every trial's status, and whether Ctrl-C came before the end."""
    import dataclasses

    from benchmark.engines.processes import ProcessEngine
    from benchmark.runner import Runner, longest_first

    serial = options["engine"] == "serial"
    threads = max((job.trial.threads for job in todo.missing), default=1)
    if not serial:
        todo = dataclasses.replace(todo, missing=longest_first(todo.missing, store))
    engine = ProcessEngine(
        workers=1 if serial else options["workers"] or max(1, _cores() // threads),
        timeout=options["timeout"],
        memory_limit_mib=options["memory_limit"],
    )
    runner = Runner(engine, store, observers=observers, complain=lambda text: click.echo(f"bench: {text}", err=True))
    try:
        with _drained_by_ctrl_c(runner):
            statuses = runner.run(todo) if todo.missing else {}
    except KeyboardInterrupt:
        return {}, True
    interrupted = any(job.trial.id not in statuses for job in todo.missing)
    return {**todo.kept, **statuses}, interrupted


@contextlib.contextmanager
def _drained_by_ctrl_c(runner: Runner) -> Iterator[None]:
    """Let the first Ctrl-C finish what runs, and the second stop it."""

    def drain(number: int, frame: Any) -> None:  # noqa: ARG001 - a handler's signature
        signal.signal(signal.SIGINT, signal.default_int_handler)
        runner.drain()

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # as a shell sets it for what runs in the background
        signal.signal(signal.SIGINT, drain)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _cores() -> int:
    """Return the cores that this process may be put on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


def _print_plan(jobs: Sequence[Job], todo: Backlog, known: Registry) -> None:
    from benchmark.report.settings import settings_text

    for job in jobs:
        trial = job.trial
        state = f"kept ({todo.kept[trial.id]})" if trial.id in todo.kept else "run"
        settings = settings_text(trial, job.task, known)
        click.echo(f"{trial.id[:10]}  {state:9}  {trial}{settings and f'  {settings}'}")
    click.echo(_counted(todo))


def _counted(todo: Backlog) -> str:
    kept = f", {len(todo.kept)} already in the store" if todo.kept else ""
    return f"{len(todo.missing)} trial{'s' * (len(todo.missing) != 1)} to run{kept}."


def _print_boards(jobs: Sequence[Job], store_path: Path, *, validation: bool) -> None:
    from benchmark.cli.leaderboard import board_text

    for dataset in dict.fromkeys(job.trial.dataset for job in jobs):
        text = board_text(store_path, dataset, validation=validation)
        path = store_path.parent / f"{dataset}{'.validation' if validation else ''}.md"
        write_text(path, text)
        click.echo(text, nl=False)
        click.echo(f"(written to {path})", err=True)
