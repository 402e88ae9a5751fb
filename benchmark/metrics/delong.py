"""DeLong's structural components: each image's own contribution to the area under the ROC curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.errors import OneSidedLabels

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, Scores


def structural_components(y: BoolArray, scores: Scores) -> tuple[FloatArray, FloatArray]:
    """Return, of each anomalous image, the share of normal ones below it; of each normal one, of anomalous ones above.

    The mean of either is the area; their variances give its standard error. A tie counts half.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous; both kinds are there.
    scores : ndarray of float64, shape (n,)
        Higher is more anomalous; all finite.

    Returns
    -------
    tuple of ndarray of float64, shapes (anomalous,) and (normal,)
        In the order of the images.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44(3), 837-845, their V10 and V01; by mid-ranks, in
    O(n log n), Sun and Xu (2014), IEEE Signal Processing Letters 21(11), 1389-1393.
    """
    anomalous = int(y.sum())
    normal = len(y) - anomalous
    ranks = mid_ranks(scores)
    above = (ranks[y] - mid_ranks(scores[y])) / normal
    below = 1.0 - (ranks[~y] - mid_ranks(scores[~y])) / anomalous
    return above, below


def mid_ranks(scores: Scores) -> FloatArray:
    """Return ranks from 1; equal scores share the mean of theirs."""
    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    middle: FloatArray = (last - (sizes - 1) / 2).astype(np.float64)[group]
    return middle


def count_sides(y: BoolArray, what: str) -> tuple[int, int]:
    """Return how many images are anomalous and how many normal; OneSidedLabels where `what` lacks one kind."""
    anomalous = int(y.sum())
    normal = len(y) - anomalous
    if anomalous == 0 or normal == 0:
        side = "normal" if anomalous == 0 else "anomalous"
        raise OneSidedLabels(f"{what} needs normal and anomalous images; all {len(y)} are {side}")
    return anomalous, normal
