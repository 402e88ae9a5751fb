"""How missing trials are run on this machine: what `bench run` and `benchmark.run` share."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmark.engines.processes import ProcessEngine
from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.observer import Observer
from benchmark.registry import Registry
from benchmark.runner import Backlog, Runner, backlog, longest_first
from benchmark.store import Store
from benchmark.trial import Job

__all__ = ["Means", "observers_of", "to_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """How trials are run; nothing of it is in their ids.

    Attributes
    ----------
    workers : int or None
        Worker processes; None: as many as the cores allow with the threads of a trial.
    in_order : bool
        One worker, and the trials as they were asked for, not the longest first.
    timeout : float or None
        Seconds that a trial may take.
    memory_limit_mib : float or None
        Resident memory that a worker may hold.
    force : bool
        Run again what the store already has.
    trust_version : bool
        Keep outcomes of another source of the same version.
    """

    workers: int | None = None
    in_order: bool = False
    timeout: float | None = None
    memory_limit_mib: float | None = None
    force: bool = False
    trust_version: bool = False

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise InvalidRequest(f"a run needs at least one worker; not {self.workers}")
        for what, limit in (("a time limit", self.timeout), ("a memory limit", self.memory_limit_mib)):
            if limit is not None and not (isinstance(limit, (int, float)) and limit > 0):
                raise InvalidRequest(f"{what} is a number above 0; not {limit!r}")


def to_run(
    jobs: Sequence[Job],
    store: Store,
    means: Means,
    *,
    observers: dict[str, Observer],
    complain: Callable[[str], None],
) -> tuple[Backlog, Runner]:
    """Return what the store lacks of these jobs, in the order to run it, and the runner to run it with.

    Parameters
    ----------
    observers, complain
        As of `Runner`.
    """
    todo = backlog(jobs, store, force=means.force, trust_version=means.trust_version)
    threads = max((job.trial.threads for job in todo.missing), default=1)
    if not means.in_order:
        todo = dataclasses.replace(todo, missing=longest_first(todo.missing, store))
    engine = ProcessEngine(
        workers=1 if means.in_order else means.workers or max(1, _cores() // threads),
        timeout=means.timeout,
        memory_limit_mib=means.memory_limit_mib,
    )
    return todo, Runner(engine, store, observers=observers, complain=complain)


def observers_of(known: Registry, texts: Sequence[str]) -> dict[str, Observer]:
    """Return the observers that texts such as `jsonl=run.jsonl` name, by their texts."""
    observers = {}
    for text in texts:
        name, _, argument = text.partition("=")
        observers[text] = known.observers[name].build(argument)
    return observers


def _cores() -> int:
    """Return the cores that this process may be put on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
