"""Baseline scores, which a detector should exceed: the mean grey value of an image, and a hash of its bytes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.builtin import roc_auc, roc_auc_standard_error

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, RawImages

CHUNK = 2048


class Baselines:
    """The baseline scores of a set of images; computed once for all tasks with these images.

    Parameters
    ----------
    images : ndarray of uint8 or uint16, shape (n, h, w, c)
    """

    def __init__(self, images: RawImages) -> None:
        self.means = mean_pixels(images)
        # Ranks from 1, for the area under the curve of every task.
        self.hash_ranks = np.argsort(np.argsort(hashes(images))) + 1

    def roc_auc(self, y: BoolArray, mean: float) -> dict[str, float]:
        """Return the ROC-AUC of each baseline; `mean` is the mean pixel of the training images, unscaled."""
        anomalous = int(y.sum())
        if not 0 < anomalous < len(y):
            return {}
        pairs = anomalous * (len(y) - anomalous)
        by_hash = (float(self.hash_ranks[y].sum()) - anomalous * (anomalous + 1) / 2) / pairs
        return {"mean pixel": roc_auc(y, np.abs(self.means - mean)), "hash": by_hash}

    def standard_errors(self, y: BoolArray, mean: float) -> dict[str, float]:
        """Return the standard error of each baseline's ROC-AUC; parameters as for `roc_auc`.

        The order by hash is random, so that the variance of its area is known: (n + 1) / 12 over the number of pairs
        (Mann and Whitney 1947). For the mean pixel it is DeLong's; None of fewer than two images of a side is left out.
        """
        anomalous = int(y.sum())
        if not 0 < anomalous < len(y):
            return {}
        by_hash = ((len(y) + 1) / (12 * anomalous * (len(y) - anomalous))) ** 0.5
        of_mean = roc_auc_standard_error(y, np.abs(self.means - mean))
        return {"hash": by_hash} if of_mean is None else {"mean pixel": of_mean, "hash": by_hash}


def hashes(images: RawImages) -> FloatArray:
    """Return a number in [0, 1) for each image, computed from its bytes, shape (n,)."""
    flat = _flat(images)
    # Odd multipliers, so that every pixel changes the hash.
    weights = np.random.RandomState(0).randint(0, 2**63, (flat.shape[1],), dtype=np.uint64) * 2 + 1
    return np.concatenate([np.zeros(0), *(_hashed(part, weights) for part in _chunks(flat))])


def mean_pixels(images: RawImages) -> FloatArray:
    """Return the mean pixel of each image, not scaled, shape (n,)."""
    flat = _flat(images)
    return np.concatenate([np.zeros(0), *(part.mean(axis=1) for part in _chunks(flat))])


def _flat(images: RawImages) -> RawImages:
    return images.reshape(len(images), math.prod(images.shape[1:]))


def _chunks(flat: RawImages) -> list[RawImages]:
    return [flat[start : start + CHUNK] for start in range(0, len(flat), CHUNK)]


def _hashed(part: RawImages, weights: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> FloatArray:
    """Return a number in [0, 1) for each image, by multiplication modulo 2^64 (Dietzfelbinger et al. 1997)."""
    return (part.astype(np.uint64) @ weights >> np.uint64(11)).astype(np.float64) / 2.0**53
