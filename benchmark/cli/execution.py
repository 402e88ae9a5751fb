"""From a request to outcomes in the store, with progress on the screen: what the verbs that train share."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmark.interfaces.observer import Observer
    from benchmark.protocol import Request
    from benchmark.registry import Registry
    from benchmark.runner import Backlog, Runner
    from benchmark.trial import Job

__all__ = ["counted", "planned", "run_missing"]


def planned(request: Request, known: Registry, options: Mapping[str, Any]) -> tuple[Job, ...]:
    """Return the jobs of a request; say which device `auto` is, and what is fetched."""
    from benchmark import protocol
    from benchmark.progress import told_of_fetching

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
    from benchmark.execution import Means, observers_of, to_run
    from benchmark.progress import run_progress
    from benchmark.store import Store

    means = Means(
        workers=options["workers"],
        in_order=options["engine"] == "serial",
        timeout=options["timeout"],
        memory_limit_mib=options["memory_limit"],
        force=options["force"],
        trust_version=options["trust_version"],
    )
    observers: dict[str, Observer] = {} if options["quiet"] else {"progress": run_progress()}
    observers |= observers_of(known, options["observers"])
    with Store(store_path, create=True) as store:
        todo, runner = to_run(
            jobs, store, means, observers=observers, complain=lambda text: click.echo(f"bench: {text}", err=True)
        )
        if not options["quiet"]:
            click.echo(f"{counted(todo)} Store: {store_path}", err=True)
        statuses = _run(todo, runner)
    if statuses is None:
        click.echo(f"bench: what is done is kept in {store_path}; the same command goes on from there", err=True)
    return statuses


def counted(todo: Backlog) -> str:
    """Return `3 trials to run, 7 already in the store.`."""
    kept = f", {len(todo.kept)} already in the store" if todo.kept else ""
    return f"{len(todo.missing)} trial{'s' * (len(todo.missing) != 1)} to run{kept}."


def _run(todo: Backlog, runner: Runner) -> dict[str, str] | None:
    """Run what is missing; return every trial's status, None if Ctrl-C came before the end."""
    try:
        with _drained_by_ctrl_c(runner):
            statuses = runner.run(todo) if todo.missing else {}
    except KeyboardInterrupt:
        return None
    interrupted = any(job.trial.id not in statuses for job in todo.missing)
    return None if interrupted else {**todo.kept, **statuses}


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
