"""Sends the epoch reports of a fit, in some epochs with the scores of the held-out images."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.errors import ContractBroken
from benchmark.running.cpu_time import cpu_seconds

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray
    from benchmark.interfaces.detector import ScoreFunction

MAX_MEASUREMENTS = 20

SendEpoch = Callable[[EpochReport, "dict[str, FloatArray]"], None]
"""Called with a report and with the arrays `held_out` and `sample`, shape (rules, n); none if nothing was scored."""

ScoreImages = Callable[["ScoreFunction"], "dict[str, FloatArray]"]
"""score -> these arrays; none if there are no held-out images."""


class EpochReporter:
    """Receives the reports of a fit. The detector gets only the function `listener`.

    Parameters
    ----------
    score_images : callable
        Scores the held-out images and a sample of the training images.
    send : callable
        Sends a report and the scores to the engine, which has the labels.

    Attributes
    ----------
    seconds, cpu_seconds : float
        Wall time and processor time spent here; they are subtracted from those of the fit.
    closed : bool
        Whether the fit has ended; a further report is an error.
    """

    def __init__(self, score_images: ScoreImages, send: SendEpoch) -> None:
        self._score_images, self._send = score_images, send
        self.seconds = self.cpu_seconds = 0.0
        self.closed = False
        self._measured = 0

    def listener(self) -> Callable[[EpochReport, ScoreFunction | None], None]:
        """Return the function that `FitContext.epoch` calls; it has no attribute, unlike a bound method."""

        def listen(report: EpochReport, score: ScoreFunction | None) -> None:
            self._report(report, score)

        return listen

    def _report(self, report: EpochReport, score: ScoreFunction | None) -> None:
        if self.closed:
            raise ContractBroken("`context.epoch` was called after `fit` had returned")
        started, cpu = time.perf_counter(), cpu_seconds()
        try:
            scores: dict[str, FloatArray] = {}
            if score is not None and self._is_due(report):
                self._measured += 1
                scores = self._score_images(score)
            self._send(report, scores)
        finally:
            self.seconds += time.perf_counter() - started
            self.cpu_seconds += cpu_seconds() - cpu

    def _is_due(self, report: EpochReport) -> bool:
        """Return whether to measure this epoch: at most 20 epochs, evenly spaced, and always the last one."""
        of = max(report.of, MAX_MEASUREMENTS)
        due = report.number * MAX_MEASUREMENTS // of > (report.number - 1) * MAX_MEASUREMENTS // of
        return due and self._measured < MAX_MEASUREMENTS
