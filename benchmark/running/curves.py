"""Measures the held-out images in an epoch of a fit, from their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.builtin import roc_auc
from benchmark.running.audit import degeneracy

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, Scores

THRESHOLD_QUANTILE = 0.95


def measure_epoch(
    rules: tuple[str, ...], y: BoolArray, *, held_out: FloatArray, sample: FloatArray
) -> dict[str, dict[str, float | None]]:
    """Return rule -> name -> value; None where a number is undefined.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        Which of the held-out images are anomalous.
    held_out : ndarray of float64, shape (rules, n)
        Their scores.
    sample : ndarray of float64, shape (rules, m)
        Scores of some images of the fit, which set the threshold for `sensitivity` and `precision`.
    """
    return {rule: _measure_rule(y, held_out[index], sample[index]) for index, rule in enumerate(rules)}


def _measure_rule(y: BoolArray, scores: Scores, sample: Scores) -> dict[str, float | None]:
    usable = bool(np.isfinite(scores).all() and np.isfinite(sample).all())
    two_sided = usable and 0 < y.sum() < len(y)
    threshold = float(np.quantile(sample, THRESHOLD_QUANTILE)) if usable else float("inf")
    flagged = scores > threshold
    detected = int((flagged & y).sum())
    return {
        "roc_auc": roc_auc(y, scores) if two_sided and not degeneracy(scores, y) else None,
        "mean_normal_score": float(scores[~y].mean()) if usable and not y.all() else None,
        "sensitivity": detected / int(y.sum()) if two_sided else None,
        "precision": detected / int(flagged.sum()) if two_sided and flagged.any() else None,
    }
