"""DeLong's structural components: the contribution of each image to the ROC-AUC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.errors import OneSidedLabels

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, Scores


def structural_components(y: BoolArray, scores: Scores) -> tuple[FloatArray, FloatArray]:
    """Return the structural components of the anomalous and of the normal images.

    For each anomalous image, the share of normal images with a lower score; for each normal image, the share of
    anomalous images with a higher score.
    The mean of either array is the ROC-AUC; their variances give its standard error. A tie counts half.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous; at least one True and one False.
    scores : ndarray of float64, shape (n,)
        Higher is more anomalous; all finite.

    Returns
    -------
    tuple of ndarray of float64, shapes (anomalous,) and (normal,)
        In the order of the images.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44(3), 837-845, there V10 and V01; by mid-ranks, in
    O(n log n), Sun and Xu (2014), IEEE Signal Processing Letters 21(11), 1389-1393.
    """
    anomalous = int(y.sum())
    normal = len(y) - anomalous
    ranks = mid_ranks(scores)
    above = (ranks[y] - mid_ranks(scores[y])) / normal
    below = 1.0 - (ranks[~y] - mid_ranks(scores[~y])) / anomalous
    return above, below


def mid_ranks(scores: Scores) -> FloatArray:
    """Return the rank of each score, from 1, shape (n,); equal scores get the mean of their ranks."""
    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    middle: FloatArray = (last - (sizes - 1) / 2).astype(np.float64)[group]
    return middle


def count_sides(y: BoolArray, what: str) -> tuple[int, int]:
    """Return the number of anomalous images and the number of normal images.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous.
    what : str
        The quantity that needs both, for the error message.

    Raises
    ------
    OneSidedLabels
        If all images are normal, or all are anomalous.
    """
    anomalous = int(y.sum())
    normal = len(y) - anomalous
    if anomalous == 0 or normal == 0:
        side = "normal" if anomalous == 0 else "anomalous"
        raise OneSidedLabels(f"{what} needs normal and anomalous images; all {len(y)} are {side}")
    return anomalous, normal
