"""What is missing in the store goes to the engine; what comes back goes into the store; observers are told."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmark.engines import Engine, EpochDone, TrialFinished, TrialStarted
from benchmark.interfaces.observer import Observer
from benchmark.store import Attempt, Owner, Store
from benchmark.trial import FINAL, Job, Outcome

__all__ = ["Backlog", "Runner", "backlog", "longest_first"]

WAIT_SECONDS = 1.0
SIGN_OF_LIFE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """The jobs of a request.

    Attributes
    ----------
    missing : tuple of Job
        Those to run.
    kept : mapping of str to str
        Trial id -> status of those the store has.
    known : mapping of str to str
        Trial id -> uid of the latest attempt, be it kept or not.
    trust_version : bool
        An outcome of another source is as good, if the detector's version is the same.
    """

    missing: tuple[Job, ...]
    kept: Mapping[str, str]
    known: Mapping[str, str]
    trust_version: bool = False

    def holds(self, job: Job, attempt: Attempt) -> bool:
        """Return whether an attempt was made with the source that is installed, or is as good."""
        return self.trust_version or attempt.source == job.source


def backlog(jobs: Sequence[Job], store: Store | None, *, force: bool = False, trust_version: bool = False) -> Backlog:
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
    latest = {} if store is None else store.latest([job.trial for job in jobs])
    known = {trial_id: attempt.uid for trial_id, attempt in latest.items()}
    everything = Backlog(tuple(jobs), {}, known, trust_version)
    kept = {}
    for job in jobs:
        attempt = latest.get(job.trial.id)
        if attempt is not None and attempt.status in FINAL and not force and everything.holds(job, attempt):
            kept[job.trial.id] = attempt.status
    missing = tuple(job for job in jobs if job.trial.id not in kept)
    return dataclasses.replace(everything, missing=missing, kept=kept)


def longest_first(jobs: Sequence[Job], store: Store) -> tuple[Job, ...]:
    """Return the jobs by falling duration, as the store knows it of trials like them; unknown ones first.

    Whatever runs last runs alone: it had better be short.
    """
    durations = store.durations()

    def expected(job: Job) -> float:
        trial = job.trial
        known = (durations.get((trial.detector, trial.dataset, trial.task)), durations.get((trial.detector, "", "")))
        return next((-seconds for seconds in known if seconds is not None), float("-inf"))

    return tuple(sorted(jobs, key=expected))


class Runner:
    """Runs jobs on an engine and keeps every outcome the moment it arrives.

    Parameters
    ----------
    observers : mapping of str to Observer
        By the name they were asked for.
    complain : callable
        Told what the person at the screen should know: an observer switched off, a wait for another run.
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
        self._owner = Owner.here()
        self._drained = self._waited = False

    def drain(self) -> None:
        """Start nothing more; what runs comes to its end and is kept."""
        self._drained = True
        self.complain("finishing what runs; Ctrl-C again stops it now")
        self.engine.drain()

    def run(self, todo: Backlog) -> dict[str, str]:
        """Run what is missing; return trial id -> status. What is done when it is interrupted stays in the store."""
        statuses: dict[str, str] = {}
        self._tell("run_started", [job.trial for job in todo.missing])
        try:
            waiting: Sequence[Job] = todo.missing
            known = dict(todo.known)
            while waiting and not self._drained:
                self._run_ours(waiting, known, statuses)
                # Left over is what another run has claimed, or has done since we looked.
                waiting = self._not_done_elsewhere(waiting, todo, known, statuses)
        finally:
            self._tell("run_finished")
            self.store.release(self._owner)
        return statuses

    def _run_ours(self, jobs: Sequence[Job], known: Mapping[str, str], statuses: dict[str, str]) -> None:
        def claim(job: Job) -> bool:
            return self.store.claim(job.trial, self._owner, known=known.get(job.trial.id, ""))

        signed = time.monotonic()
        with contextlib.closing(self.engine.run(jobs, claim)) as events:
            for event in events:
                match event:
                    case TrialStarted(trial):
                        self._tell("trial_started", trial)
                    case EpochDone(trial, report):
                        self._tell("epoch", trial, report)
                    case TrialFinished(outcome):
                        self._keep(outcome)
                        statuses[outcome.trial.id] = outcome.status
                        self._tell("trial_finished", outcome.trial, outcome)
                if time.monotonic() - signed > SIGN_OF_LIFE_SECONDS:
                    self.store.touch(self._owner)
                    signed = time.monotonic()

    def _keep(self, outcome: Outcome) -> None:
        try:
            self.store.add(outcome)
        except KeyboardInterrupt:
            self.store.add(outcome)  # it was finished before; once is enough
            raise

    def _not_done_elsewhere(
        self, jobs: Sequence[Job], todo: Backlog, known: dict[str, str], statuses: dict[str, str]
    ) -> Sequence[Job]:
        """Return the jobs that neither this run nor another has done; take over the others' statuses."""
        left = [job for job in jobs if job.trial.id not in statuses]
        if left and not self._drained:
            if not self._waited:
                self._waited = True
                self.complain(f"another run is at work on {len(left)} of these trials; waiting for it")
            time.sleep(WAIT_SECONDS)
            latest = self.store.latest([job.trial for job in left])
            for job in list(left):
                attempt = latest.get(job.trial.id)
                if attempt is None or attempt.uid == known.get(job.trial.id):
                    continue
                known[job.trial.id] = attempt.uid
                if todo.holds(job, attempt):
                    statuses[job.trial.id] = attempt.status
                    left.remove(job)
        return left

    def _tell(self, event: str, *values: object) -> None:
        for name, observer in list(self.observers.items()):
            try:
                getattr(observer, event)(*values)
            except Exception as error:  # noqa: BLE001 - an observer's fault must not cost a trial
                del self.observers[name]
                said = " ".join(f"{type(error).__name__}: {error}".split())
                self.complain(f"observer {name!r} was switched off: {said}")
