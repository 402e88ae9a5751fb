"""Youden's J: how well one threshold separates normal from anomalous images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark import OneSidedLabels

if TYPE_CHECKING:
    from benchmark import BoolArray, Scores


def youden(y: BoolArray, scores: Scores) -> float:
    """Return the largest TPR - FPR over all thresholds; 0 is chance."""
    if y.all() or not y.any():
        raise OneSidedLabels("Youden's J needs normal and anomalous images")
    flagged = scores >= np.unique(scores)[:, None]  # (thresholds, n)
    return float((flagged[:, y].mean(axis=1) - flagged[:, ~y].mean(axis=1)).max())
