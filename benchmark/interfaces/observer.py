"""The contract of an observer: it receives the events of a run and does not change the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.interfaces.detector import EpochReport
    from benchmark.interfaces.outcome import Outcome
    from benchmark.interfaces.trial import Trial

__all__ = ["Observer"]


class Observer:
    """Base class of observers. Override the methods for the events that you need.

    The methods are called in the process that coordinates the run, not in the workers. If a method raises, the error is
    reported once and the observer is disabled; the run continues.
    """

    def run_started(self, trials: Sequence[Trial]) -> None:
        """Receive the trials that will run, in order. Trials whose stored outcome is valid are not among them."""

    def trial_started(self, trial: Trial) -> None:
        """Receive a trial that a worker has started."""

    def epoch(self, trial: Trial, report: EpochReport) -> None:
        """Receive an epoch that a detector has reported."""

    def trial_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Receive the outcome of a trial; it is already stored."""

    def run_finished(self) -> None:
        """Receive the end of the run, also after an interruption."""
