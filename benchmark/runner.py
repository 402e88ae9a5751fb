"""What is missing in the store goes to the engine; what comes back goes into the store; observers are told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmark.engines import Engine, EpochDone, TrialFinished, TrialStarted
from benchmark.interfaces.observer import Observer
from benchmark.store import Store
from benchmark.trial import FINAL, Job

__all__ = ["Backlog", "Runner", "backlog"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """The jobs of a request: those to run, and trial id -> status of those the store keeps."""

    missing: tuple[Job, ...]
    kept: dict[str, str]


def backlog(
    jobs: Sequence[Job],
    store: Store | None,
    *,
    force: bool = False,
    trust_version: bool = False,
) -> Backlog:
    """Return which jobs have no final outcome that still holds: one of another source is stale.

    Parameters
    ----------
    store : Store or None
        None where there is none yet.
    force : bool
        Run everything again.
    trust_version : bool
        Keep stale outcomes: the detector's version, which is in the id, says enough.
    """
    latest = {} if store is None or force else store.latest([job.trial for job in jobs])
    kept = {}
    for job in jobs:
        status, source = latest.get(job.trial.id, ("", ""))
        if status in FINAL and (trust_version or source == job.source):
            kept[job.trial.id] = status
    return Backlog(missing=tuple(job for job in jobs if job.trial.id not in kept), kept=kept)


class Runner:
    """Runs jobs on an engine and keeps every outcome the moment it arrives.

    Parameters
    ----------
    observers : mapping of str to Observer
        By the name they were asked for.
    complain : callable
        Told, once, of each observer that raised and was switched off.
    """

    def __init__(
        self,
        engine: Engine,
        store: Store,
        *,
        observers: dict[str, Observer],
        complain: Callable[[str], None],
    ) -> None:
        self.engine, self.store = engine, store
        self.observers = dict(observers)
        self.complain = complain

    def run(self, jobs: Sequence[Job]) -> dict[str, str]:
        """Run the jobs; return trial id -> status. What is done when it is interrupted stays in the store."""
        statuses = {}
        self._tell("run_started", [job.trial for job in jobs])
        try:
            with contextlib.closing(self.engine.run(jobs)) as events:
                for event in events:
                    match event:
                        case TrialStarted(trial):
                            self._tell("trial_started", trial)
                        case EpochDone(trial, report):
                            self._tell("epoch", trial, report)
                        case TrialFinished(outcome):
                            self.store.add(outcome)
                            statuses[outcome.trial.id] = outcome.status
                            self._tell("trial_finished", outcome.trial, outcome)
        finally:
            self._tell("run_finished")
        return statuses

    def _tell(self, event: str, *values: object) -> None:
        for name, observer in list(self.observers.items()):
            try:
                getattr(observer, event)(*values)
            except Exception as error:  # noqa: BLE001 - an observer's fault must not cost a trial
                del self.observers[name]
                said = " ".join(f"{type(error).__name__}: {error}".split())
                self.complain(f"observer {name!r} was switched off: {said}")
