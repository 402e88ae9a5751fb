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
        """Hear of the trials that are about to run, in order; what the store keeps is not among them."""

    def trial_started(self, trial: Trial) -> None:
        """Hear that a worker has taken a trial."""

    def epoch(self, trial: Trial, report: EpochReport) -> None:
        """Hear of an epoch that a detector has reported."""

    def trial_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Hear what came of a trial; its outcome is in the store."""

    def run_finished(self) -> None:
        """Hear that the run is over, be it by interruption."""
