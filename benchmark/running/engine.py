"""Engines run jobs in workers and yield events. They do not use the store."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.trial import Trial
from benchmark.running.job import Job


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A worker has started a trial."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class EpochDone:
    """A detector has reported an epoch."""

    trial: Trial
    report: EpochReport


@dataclass(frozen=True, slots=True)
class TrialFinished:
    """A trial has an outcome, of any status."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Tick:
    """Sent at least once a second while jobs run."""


Event: TypeAlias = TrialStarted | EpochDone | TrialFinished | Tick


class Engine(Protocol):
    """Runs jobs in workers."""

    def run(self, jobs: Sequence[Job], claim: Callable[[Job], bool]) -> Generator[Event]:
        """Yield events until every job has finished. Closing the generator ends the workers.

        `claim` is called just before a job is started; a job for which it returns False is left out.
        """
        ...
