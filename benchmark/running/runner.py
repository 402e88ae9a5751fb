"""Runs the jobs that the store lacks, stores each outcome as it arrives, and notifies the observers."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmark.interfaces.observer import Observer
from benchmark.interfaces.outcome import FINAL, Outcome
from benchmark.registry.source_hash import scheme_of
from benchmark.results import Attempt, Run, Store
from benchmark.running.engine import Engine, EpochDone, TrialFinished, TrialStarted
from benchmark.running.job import Job
from benchmark.running.options import RunOptions

WAIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """The jobs of a request, divided by what the store has.

    Attributes
    ----------
    missing : tuple of Job
        The jobs to run.
    kept : mapping of str to Attempt
        Trial id -> the latest attempt, for trials that need not be run.
    latest : mapping of str to Attempt
        Trial id -> the latest attempt, for all trials with one.
    """

    missing: tuple[Job, ...]
    kept: Mapping[str, Attempt]
    latest: Mapping[str, Attempt]


def backlog(jobs: Sequence[Job], store: Store | None, options: RunOptions) -> Backlog:
    """Return the jobs without a final outcome that is still valid; an outcome of another source is stale.

    Parameters
    ----------
    store : Store or None
        None if it does not exist yet.
    """
    latest = {} if store is None else store.latest([job.trial for job in jobs])
    kept = {}
    for job in jobs:
        attempt = latest.get(job.trial.id)
        if attempt is not None and attempt.status in FINAL and not options.force and _is_valid(job, attempt, options):
            kept[job.trial.id] = attempt
    return Backlog(tuple(job for job in jobs if job.trial.id not in kept), kept, latest)


def longest_first(jobs: Sequence[Job], store: Store) -> tuple[Job, ...]:
    """Return the jobs by decreasing duration of similar trials in the store; jobs of unknown duration come first.

    The other workers are idle while the last job runs, so the shortest job comes last.
    """
    durations = store.durations()

    def expected(job: Job) -> float:
        trial = job.trial
        of_task = durations.get((trial.detector, trial.dataset, trial.task))
        seconds = durations.get((trial.detector, "", "")) if of_task is None else of_task
        return float("-inf") if seconds is None else -seconds

    return tuple(sorted(jobs, key=expected))


class Runner:
    """Runs jobs on an engine and stores every outcome when it arrives.

    Parameters
    ----------
    observers : mapping of str to Observer
        By the names in the request.
    warn : callable
        Called with messages for the user: an observer was switched off, this run waits for another one.
    finish_early : threading.Event
        Once it is set, no further job starts; running jobs finish and are stored.
    """

    def __init__(
        self,
        engine: Engine,
        store: Store,
        *,
        observers: Mapping[str, Observer],
        warn: Callable[[str], None],
        finish_early: threading.Event,
    ) -> None:
        self.engine, self.store = engine, store
        self.observers = dict(observers)
        self.warn = warn
        self.finish_early = finish_early
        self._waited = False

    def run(self, todo: Backlog, options: RunOptions) -> dict[str, Attempt]:
        """Run the missing jobs; return trial id -> attempt. If interrupted, finished jobs are in the store."""
        attempts: dict[str, Attempt] = {}
        self._notify("run_started", [job.trial for job in todo.missing])
        run = Run(self.store.file)
        try:
            waiting: Sequence[Job] = todo.missing
            latest = dict(todo.latest)
            while waiting and not self.finish_early.is_set():
                self._run_jobs(waiting, run, latest, attempts)
                # What remains was claimed by another run, or finished by one in the meantime.
                waiting = self._not_done_elsewhere(waiting, options, latest, attempts)
        finally:
            self._notify("run_finished")
            try:
                self.store.release(run)
            finally:
                run.close()
        return attempts

    def _run_jobs(
        self, jobs: Sequence[Job], run: Run, latest: Mapping[str, Attempt], attempts: dict[str, Attempt]
    ) -> None:
        def claim(job: Job) -> bool:
            attempt = latest.get(job.trial.id)
            return self.store.claim(job.trial, run, known="" if attempt is None else attempt.uid)

        with contextlib.closing(self.engine.run(jobs, claim)) as events:
            for event in events:
                match event:
                    case TrialStarted(trial):
                        self._notify("trial_started", trial)
                    case EpochDone(trial, report):
                        self._notify("epoch", trial, report)
                    case TrialFinished(outcome):
                        self._keep(outcome)
                        attempts[outcome.trial.id] = Attempt(outcome.uid, outcome.status, outcome.source)
                        self._notify("trial_finished", outcome.trial, outcome)

    def _keep(self, outcome: Outcome) -> None:
        try:
            self.store.add(outcome)
        except KeyboardInterrupt:
            self.store.add(outcome)  # add() may have finished before the interrupt; adding again is harmless
            raise

    def _not_done_elsewhere(
        self, jobs: Sequence[Job], options: RunOptions, latest: dict[str, Attempt], attempts: dict[str, Attempt]
    ) -> Sequence[Job]:
        """Return the jobs that no run has finished; add the attempts of other runs to `attempts`."""
        remaining = [job for job in jobs if job.trial.id not in attempts]
        if remaining and not self.finish_early.is_set():
            if not self._waited:
                self._waited = True
                self.warn(f"another run is working on {len(remaining)} of these trials; waiting for it")
            time.sleep(WAIT_SECONDS)
            newest = self.store.latest([job.trial for job in remaining])
            for job in list(remaining):
                attempt = newest.get(job.trial.id)
                if attempt is None or attempt == latest.get(job.trial.id):
                    continue
                latest[job.trial.id] = attempt
                if _is_valid(job, attempt, options):
                    attempts[job.trial.id] = attempt
                    remaining.remove(job)
        return remaining

    def _notify(self, event: str, *values: object) -> None:
        for name, observer in list(self.observers.items()):
            try:
                getattr(observer, event)(*values)
            except Exception as error:  # noqa: BLE001 - an observer's error must not stop a trial
                del self.observers[name]
                message = " ".join(f"{type(error).__name__}: {error}".split())
                self.warn(f"observer {name!r} was switched off: {message}")


def _is_valid(job: Job, attempt: Attempt, options: RunOptions) -> bool:
    """Return whether an attempt was computed with the installed code, as far as its source shows."""
    return options.trust_version or not is_stale(attempt.source, job.source)


def is_stale(source: str, installed: str) -> bool:
    """Return whether an outcome of a source was certainly computed with other code than the installed one.

    Sources of different schemes cannot be compared: the outcome may or may not be stale, and is kept.

    Examples
    --------
    >>> is_stale("ast1:aa", "ast1:bb"), is_stale("ast1:aa", "ast1:aa"), is_stale("0123", "ast1:aa")
    (True, False, False)
    """
    return scheme_of(source) == scheme_of(installed) and source != installed
