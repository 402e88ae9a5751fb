"""From a request to outcomes in the store, with progress on the screen: what the verbs that train share."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import told_of_fetching

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmark.interfaces.observer import Observer
    from benchmark.protocol import Request
    from benchmark.registry import Registry
    from benchmark.runner import Backlog, Runner
    from benchmark.store import Store
    from benchmark.trial import Job

__all__ = ["counted", "planned", "run_missing"]


def planned(request: Request, known: Registry, options: Mapping[str, Any]) -> tuple[Job, ...]:
    """Return the jobs of a request; say which device `auto` is, and what is fetched."""
    from benchmark import protocol

    if options["engine"] == "serial" and options["workers"]:
        raise click.UsageError("--engine serial has one worker; --workers goes with --engine processes")
    if options["device"] == "auto":
        click.echo(f"device: {'cpu' if request.gpu is None else f'cuda:{request.gpu}'}", err=True)
    with told_of_fetching(quiet=options["quiet"]):
        return protocol.plan(request, known)


def run_missing(
    jobs: Sequence[Job], store_path: Path, known: Registry, options: Mapping[str, Any]
) -> dict[str, str] | None:
    """Run the jobs that the store lacks; return trial id -> status of all, None if Ctrl-C came before the end."""
    from benchmark.runner import backlog
    from benchmark.store import Store

    observers = _observers(known, options["observers"], quiet=options["quiet"])
    with Store(store_path, create=True) as store:
        todo = backlog(jobs, store, force=options["force"], trust_version=options["trust_version"])
        if not options["quiet"]:
            click.echo(f"{counted(todo)} Store: {store_path}", err=True)
        statuses, interrupted = _run(todo, store, observers, options)
    if interrupted:
        click.echo(f"bench: what is done is kept in {store_path}; the same command goes on from there", err=True)
        return None
    return statuses


def counted(todo: Backlog) -> str:
    """Return `3 trials to run, 7 already in the store.`."""
    kept = f", {len(todo.kept)} already in the store" if todo.kept else ""
    return f"{len(todo.missing)} trial{'s' * (len(todo.missing) != 1)} to run{kept}."


def _run(
    todo: Backlog, store: Store, observers: dict[str, Observer], options: Mapping[str, Any]
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
