"""Engines ship trials to workers and bring back what happens, as events. They know nothing of the store."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from benchmark.interfaces.detector import EpochReport
from benchmark.trial import Job, Outcome, Trial

__all__ = ["Engine", "EpochDone", "Event", "TrialFinished", "TrialStarted"]


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A worker has taken a trial."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class EpochDone:
    """A detector has reported an epoch."""

    trial: Trial
    report: EpochReport


@dataclass(frozen=True, slots=True)
class TrialFinished:
    """A trial has an outcome, whatever it is."""

    outcome: Outcome


Event: TypeAlias = TrialStarted | EpochDone | TrialFinished


class Engine(Protocol):
    """Runs jobs somewhere."""

    def run(self, jobs: Sequence[Job]) -> Generator[Event]:
        """Yield events until every job has finished. Closing the generator ends the workers."""
        ...
