"""What an observer is: it is notified of what happens in a run, in the coordinating process, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.interfaces.detector import EpochReport
    from benchmark.interfaces.outcome import Outcome
    from benchmark.interfaces.trial import Trial

__all__ = ["Observer"]


class Observer:
    """Override the events you need. An observer that raises is reported once and disabled."""

    def run_started(self, trials: Sequence[Trial]) -> None:
        """Receive the trials that are about to run, in order, without those that the store keeps."""

    def trial_started(self, trial: Trial) -> None:
        """Receive a trial that a worker has begun."""

    def epoch(self, trial: Trial, report: EpochReport) -> None:
        """Receive an epoch that a detector has reported."""

    def trial_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Receive the outcome of a trial; it is in the store already."""

    def run_finished(self) -> None:
        """Learn that the run is over, be it by interruption."""
