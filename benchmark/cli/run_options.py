"""The options that `bench run` and `bench reproduce` share, and running trials with them."""

from __future__ import annotations

import contextlib
import functools
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from benchmark.interfaces.observer import Observer
    from benchmark.registry import Registry
    from benchmark.results import Attempt
    from benchmark.running.job import Job
    from benchmark.running.options import RunOptions
    from benchmark.running.request import Request
    from benchmark.running.runner import Backlog

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """The options of running trials, from the command line.

    Attributes
    ----------
    options : RunOptions
        Those that concern this machine only.
    threads : int or None
        Threads of each trial; None if not given.
    gpu : int or None
        The number of a GPU to compute on; None: the CPU.
    observers : tuple of str
        As `--observer` takes them.
    quiet : bool
        No progress.
    """

    options: RunOptions
    threads: int | None
    gpu: int | None
    observers: tuple[str, ...]
    quiet: bool


_OPTIONS = (
    click.option(
        "--engine",
        type=click.Choice(["processes", "serial"]),
        default="processes",
        show_default=True,
        help="processes: several workers, longest trials first. serial: one worker, trials in order.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(1),
        metavar="N",
        help="Worker processes.  [default: number of cores / --threads]",
    ),
    click.option("--threads", type=click.IntRange(1), metavar="N", help="Threads of each trial.  [default: 1]"),
    click.option(
        "--device", default="cpu", show_default=True, metavar="cpu|cuda[:K]|auto", help="The device to compute on."
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        metavar="SECONDS",
        help="Time limit per trial, not counting framework start-up.",
    ),
    click.option(
        "--memory-limit",
        type=click.FloatRange(0, min_open=True),
        metavar="MIB",
        help="Memory limit per trial: resident memory of its worker.",
    ),
    click.option("--force", is_flag=True, help="Also run trials that the store already has; nothing is deleted."),
    click.option(
        "--trust-version",
        is_flag=True,
        help="Do not rerun trials if only the detector's code changed and not its version.",
    ),
    click.option(
        "--observer", "observers", multiple=True, metavar="NAME[=ARGUMENT]", help="An observer. May be repeated."
    ),
    click.option("--quiet", is_flag=True, help="Show no progress, only the board."),
)


def execution_options(function: Decorated) -> Decorated:
    """Add `--workers`, `--timeout` and so on; the verb gets them as one `Execution`, called `execution`."""

    @functools.wraps(function)
    def with_execution(
        *arguments: Any,
        engine: str,
        workers: int | None,
        threads: int | None,
        device: str,
        timeout: float | None,
        memory_limit: float | None,
        force: bool,
        trust_version: bool,
        observers: tuple[str, ...],
        quiet: bool,
        **others: Any,
    ) -> Any:
        from benchmark.running.device import resolve_device
        from benchmark.running.options import RunOptions

        if engine == "serial" and workers:
            raise click.UsageError("--engine serial has one worker; --workers needs --engine processes")
        gpu = resolve_device(device)
        if device == "auto":
            click.echo(f"device: {'cpu' if gpu is None else f'cuda:{gpu}'}", err=True)
        options = RunOptions(
            workers=workers,
            in_order=engine == "serial",
            timeout=timeout,
            memory_limit_mib=memory_limit,
            force=force,
            trust_version=trust_version,
        )
        execution = Execution(options=options, threads=threads, gpu=gpu, observers=observers, quiet=quiet)
        return function(*arguments, execution=execution, **others)

    decorated: Any = with_execution
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def plan_jobs(request: Request, registry: Registry, execution: Execution) -> tuple[Job, ...]:
    """Return the jobs of a request, and show which datasets are fetched meanwhile."""
    from benchmark.running.plan import plan
    from benchmark.running.progress import log_downloads

    with log_downloads(quiet=execution.quiet):
        return plan(request, registry)


def run_jobs(
    jobs: Sequence[Job], store_path: Path, registry: Registry, execution: Execution
) -> dict[str, Attempt] | None:
    """Run the jobs that the store lacks; return trial id -> attempt of all, None if Ctrl-C came before the end."""
    from benchmark.results import Store
    from benchmark.running.execute import Watch, execute, named_observers
    from benchmark.running.progress import run_progress

    observers: dict[str, Observer] = {} if execution.quiet else {"progress": run_progress()}
    observers |= named_observers(registry, execution.observers)

    def begin(todo: Backlog) -> None:
        if not execution.quiet:
            click.echo(f"{counts(todo)} Store: {store_path}", err=True)

    watch = Watch(observers=observers, begin=begin, warn=_warn)
    attempts: dict[str, Attempt] | None = None
    with (
        Store(store_path, create=True) as store,
        contextlib.suppress(KeyboardInterrupt),
        _finish_early_at_ctrl_c(watch.finish_early),
    ):
        attempts = execute(jobs, store, execution.options, watch)
    if attempts is None or any(job.trial.id not in attempts for job in jobs):
        click.echo(f"bench: finished trials are stored in {store_path}; run the same command to continue", err=True)
        return None
    return attempts


def counts(todo: Backlog) -> str:
    """Return `3 trials to run, 7 already in the store.`."""
    from benchmark.reports.text import plural

    kept = f", {len(todo.kept)} already in the store" if todo.kept else ""
    return f"{plural(len(todo.missing), 'trial')} to run{kept}."


def _warn(message: str) -> None:
    click.echo(f"bench: {message}", err=True)


@contextlib.contextmanager
def _finish_early_at_ctrl_c(finish_early: threading.Event) -> Iterator[None]:
    """Let running trials finish at the first Ctrl-C, and stop them at the second."""

    def finish(number: int, frame: Any) -> None:  # noqa: ARG001 - a handler's signature
        signal.signal(signal.SIGINT, signal.default_int_handler)
        finish_early.set()
        _warn("waiting for the running trials to finish; press Ctrl-C again to stop them now")

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # as a shell sets it for what runs in the background
        signal.signal(signal.SIGINT, finish)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
