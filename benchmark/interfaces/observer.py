"""What an observer is: it is told what happens in a run, in the coordinating process, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.interfaces.detector import EpochReport
    from benchmark.trial import Outcome, Trial

__all__ = ["Observer"]


class Observer:
    """Override what you want to hear of. One that raises is named once and switched off."""

    def run_started(self, trials: Sequence[Trial]) -> None:
        """The trials that are about to run, in order; what is already in the store is not among them."""

    def trial_started(self, trial: Trial) -> None:
        """A worker has taken the trial."""

    def epoch(self, trial: Trial, report: EpochReport) -> None:
        """The detector has reported an epoch."""

    def trial_finished(self, trial: Trial, outcome: Outcome) -> None:
        """The outcome is in the store."""

    def run_finished(self) -> None:
        """The run is over; called also when it was interrupted."""
