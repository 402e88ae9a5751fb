"""Measures the held-out images in an epoch of a fit, from their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.builtin import roc_auc
from benchmark.metrics.conformal import conformal_threshold
from benchmark.running.audit import degeneracy

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, Scores


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
        Scores of some images of the fit. The threshold for `sensitivity` and `precision` is computed from them.
    """
    return {rule: _measure_rule(y, held_out[index], sample[index]) for index, rule in enumerate(rules)}


def _measure_rule(y: BoolArray, scores: Scores, sample: Scores) -> dict[str, float | None]:
    usable = bool(np.isfinite(scores).all() and np.isfinite(sample).all())
    two_sided = usable and 0 < y.sum() < len(y)
    threshold = conformal_threshold(sample) if usable else None
    flagged = scores > (np.inf if threshold is None else threshold.value)
    detected = int((flagged & y).sum())
    has_rates = two_sided and threshold is not None
    return {
        "roc_auc": roc_auc(y, scores) if two_sided and not degeneracy(scores, y) else None,
        "mean_normal_score": float(scores[~y].mean()) if usable and not y.all() else None,
        "sensitivity": detected / int(y.sum()) if has_rates else None,
        "precision": detected / int(flagged.sum()) if has_rates and flagged.any() else None,
    }
