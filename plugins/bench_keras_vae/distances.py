"""Rules that score an image by its code alone: distances to the centre, and to the codes of the training images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray, Scores

EIGENVALUE_FLOOR = 1e-6
"""Smallest eigenvalue of the covariance, as a share of the largest. Else directions without variance would decide."""


@dataclass(frozen=True, slots=True)
class CodeStatistics:
    """Mean of the training codes, (d,), and the matrix (d, d) after which their covariance is the identity."""

    mean: FloatArray
    whitening: FloatArray

    @classmethod
    def of(cls, codes: FloatArray) -> CodeStatistics:
        """Compute the statistics of codes, (n, superpixels, d)."""
        flat = codes.reshape(-1, codes.shape[-1])
        mean = flat.mean(axis=0)
        offsets = flat - mean
        eigenvalues, directions = np.linalg.eigh(offsets.T @ offsets / len(flat))
        floor = max(EIGENVALUE_FLOOR * eigenvalues[-1], np.finfo(float).tiny)
        return cls(mean, directions / np.sqrt(np.maximum(eigenvalues, floor)))


def distances(codes: FloatArray, centre: FloatArray, statistics: CodeStatistics, *, spatial: bool) -> dict[str, Scores]:
    """Return rule -> scores, (n,): means over the superpixels, and `centre_distance_max` if codes are spatial.

    Parameters
    ----------
    codes : ndarray, shape (n, superpixels, d)
        A vector code is one superpixel.
    centre : ndarray, shape (d,)
    statistics : CodeStatistics
        Of the training images.
    spatial : bool
        Whether codes are spatial.
    """
    offset = codes - centre
    squared = np.square(offset).sum(axis=-1)  # (n, superpixels)
    rules = {
        "centre_distance": squared.mean(axis=-1),
        "centre_distance_l1": np.abs(offset).sum(axis=-1).mean(axis=-1),
        "mahalanobis": np.square((codes - statistics.mean) @ statistics.whitening).sum(axis=-1).mean(axis=-1),
        "latent_norm": np.square(codes).sum(axis=-1).mean(axis=-1),
    }
    return rules | ({"centre_distance_max": squared.max(axis=-1)} if spatial else {})
