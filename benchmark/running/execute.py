"""Runs jobs: every way to run trials calls `execute`. Each outcome is stored as soon as it is finished."""

from __future__ import annotations

import dataclasses
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence

from benchmark.interfaces.observer import Observer
from benchmark.registry import Registry
from benchmark.results import Attempt, Store
from benchmark.running.job import Job
from benchmark.running.options import RunOptions
from benchmark.running.processes import ProcessEngine
from benchmark.running.runner import Backlog, Runner, backlog, longest_first

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Callbacks of an execution, and an event that ends it early.

    Attributes
    ----------
    observers : mapping of str to Observer
        By the names in the request.
    begin : callable
        Called with the backlog before the first job runs.
    warn : callable
        Called with messages for the user.
    finish_early : threading.Event
        Once it is set, no further job starts; running jobs finish and are stored.
    """

    observers: Mapping[str, Observer] = dataclasses.field(default_factory=dict)
    begin: Callable[[Backlog], None] = lambda todo: None  # noqa: ARG005
    warn: Callable[[str], None] = log.warning
    finish_early: threading.Event = dataclasses.field(default_factory=threading.Event)


def execute(
    jobs: Sequence[Job], store: Store, options: RunOptions | None = None, watch: Watch | None = None
) -> dict[str, Attempt]:
    """Run the jobs that the store lacks; return trial id -> the valid attempt, for every job.

    If it ended early, jobs that did not start are missing.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C. Finished trials are in the store, and the same call continues from there.
    """
    options, watch = options or RunOptions(), watch or Watch()
    todo = backlog(jobs, store, options)
    if not options.in_order:
        todo = dataclasses.replace(todo, missing=longest_first(todo.missing, store))
    watch.begin(todo)
    if not todo.missing:
        return dict(todo.kept)
    threads = max(job.trial.threads for job in todo.missing)
    engine = ProcessEngine(
        workers=1 if options.in_order else options.workers or max(1, _cores() // threads),
        timeout=options.timeout,
        memory_limit_mib=options.memory_limit_mib,
        finish_early=watch.finish_early,
    )
    runner = Runner(engine, store, observers=watch.observers, warn=watch.warn, finish_early=watch.finish_early)
    return {**todo.kept, **runner.run(todo, options)}


def named_observers(registry: Registry, texts: Sequence[str]) -> dict[str, Observer]:
    """Return the observers that texts such as `jsonl=run.jsonl` name, by their texts."""
    observers = {}
    for text in texts:
        name, _, argument = text.partition("=")
        observers[text] = registry.observers[name].build(argument)
    return observers


def _cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
