"""Collects the epoch reports of a fit, and measures the held-out images in some epochs."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.errors import ContractBroken
from benchmark.metrics.builtin import roc_auc
from benchmark.running.audit import checked_scores, degeneracy

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Images, Scores
    from benchmark.interfaces.detector import ScoreFunction

MAX_MEASUREMENTS = 20
THRESHOLD_QUANTILE = 0.95


class CurveKeeper:
    """The listener of a fit.

    Parameters
    ----------
    rules : tuple of str
        The rules that the detector's `score` returns.
    validation : ndarray of float32, shape (n, h, w, c)
        Held-out training images, normal and anomalous; may be empty.
    y : ndarray of bool, shape (n,)
        Which of them are anomalous; not given to the detector.
    sample : ndarray of float32, shape (m, h, w, c)
        Some of the images of the fit: the 95 % quantile of their scores is the threshold.
    report_epoch : callable
        Called with every report.

    Attributes
    ----------
    reports : list of EpochReport
    seconds : float
        Time spent here; it is subtracted from the time of the fit.
    closed : bool
        Whether the fit has ended; a further report is an error.
    """

    def __init__(
        self,
        rules: tuple[str, ...],
        *,
        validation: Images,
        y: BoolArray,
        sample: Images,
        report_epoch: Callable[[EpochReport], None],
    ) -> None:
        self.rules = rules
        self.validation, self.y, self.sample = validation, y, sample
        self.report_epoch = report_epoch
        self.reports: list[EpochReport] = []
        self.seconds = 0.0
        self.closed = False
        self._measured = 0

    def __call__(self, report: EpochReport, score: ScoreFunction | None) -> None:
        """Keep a report, with measurements in some epochs."""
        if self.closed:
            raise ContractBroken("`context.epoch` was called after `fit` had returned")
        started = time.perf_counter()
        try:
            if score is not None and len(self.validation) and self._is_due(report):
                self._measured += 1
                report = dataclasses.replace(report, validation=self._measure(score))
            self.reports.append(report)
            self.report_epoch(report)
        finally:
            self.seconds += time.perf_counter() - started

    def _is_due(self, report: EpochReport) -> bool:
        """Return whether to measure this epoch: at most 20 epochs, evenly spaced, and always the last one."""
        of = max(report.of, MAX_MEASUREMENTS)
        due = report.number * MAX_MEASUREMENTS // of > (report.number - 1) * MAX_MEASUREMENTS // of
        return due and self._measured < MAX_MEASUREMENTS

    def _measure(self, score: ScoreFunction) -> dict[str, dict[str, float | None]]:
        held_out = checked_scores(score(self.validation), self.rules, len(self.validation))
        sample = checked_scores(score(self.sample), self.rules, len(self.sample))
        return {rule: self._measure_rule(held_out[rule], sample[rule]) for rule in self.rules}

    def _measure_rule(self, scores: Scores, sample: Scores) -> dict[str, float | None]:
        """Return the measurements of one rule; None where a number is undefined."""
        usable = bool(np.isfinite(scores).all() and np.isfinite(sample).all())
        two_sided = usable and 0 < self.y.sum() < len(self.y)
        threshold = float(np.quantile(sample, THRESHOLD_QUANTILE)) if usable else float("inf")
        flagged = scores > threshold
        detected = int((flagged & self.y).sum())
        return {
            "roc_auc": roc_auc(self.y, scores) if two_sided and not degeneracy(scores, self.y) else None,
            "mean_normal_score": float(scores[~self.y].mean()) if usable and not self.y.all() else None,
            "sensitivity": detected / int(self.y.sum()) if two_sided else None,
            "precision": detected / int(flagged.sum()) if two_sided and flagged.any() else None,
        }
