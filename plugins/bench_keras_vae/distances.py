"""Ways to say how far a code is from where the normal ones are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray, Scores

EIGENVALUE_FLOOR = 1e-6
"""Of the largest: directions that the codes hardly use would otherwise decide the distance."""


@dataclass(frozen=True, slots=True)
class CodeStatistics:
    """Mean of the training codes, shape (d,), and what makes their covariance the identity, shape (d, d)."""

    mean: FloatArray
    whitening: FloatArray

    @classmethod
    def of(cls, codes: FloatArray) -> CodeStatistics:
        """Measure codes, shape (n, superpixels, d)."""
        flat = codes.reshape(-1, codes.shape[-1])
        mean = flat.mean(axis=0)
        offsets = flat - mean
        eigenvalues, directions = np.linalg.eigh(offsets.T @ offsets / len(flat))
        floor = max(EIGENVALUE_FLOOR * eigenvalues[-1], np.finfo(float).tiny)
        return cls(mean, directions / np.sqrt(np.maximum(eigenvalues, floor)))


def distances(codes: FloatArray, centre: FloatArray, statistics: CodeStatistics, *, spatial: bool) -> dict[str, Scores]:
    """Return rule -> scores, shape (n,), each a mean over the superpixels; one rule takes the largest.

    Parameters
    ----------
    codes : ndarray, shape (n, superpixels, d)
        A vector code is one superpixel.
    centre : ndarray, shape (d,)
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
