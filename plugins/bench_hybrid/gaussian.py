"""One Gaussian over all codes.

Sources: Mahalanobis (1936), On the generalised distance in statistics, Proceedings of the National Institute of
Sciences of India 2(1), 49-55; Ledoit and Wolf (2004), A well-conditioned estimator for large-dimensional covariance
matrices, Journal of Multivariate Analysis 88(2), 365-411.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.covariance import ledoit_wolf

from bench_hybrid.head import Head

if TYPE_CHECKING:
    from benchmark import FloatArray

FLOOR = 1e-6
"""Smallest variance of a direction, divided by the mean variance."""


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Mean (d,), and the covariance: its eigenvalues (d,), and its eigenvectors as columns (d, d)."""

    mean: FloatArray
    variances: FloatArray
    directions: FloatArray
    shrinkage: float

    @classmethod
    def of(cls, codes: FloatArray) -> Gaussian:
        """Estimate from codes (n, d); the covariance is shrunk towards a multiple of the identity."""
        mean = codes.mean(axis=0)
        covariance, shrinkage = ledoit_wolf(codes - mean, assume_centered=True)
        variances, directions = np.linalg.eigh(covariance)
        # With two codes only one direction has variance, and the shrinkage is undefined.
        return cls(mean, np.maximum(variances, FLOOR * variances.mean()), directions, float(shrinkage))

    def squared_distance(self, at: FloatArray) -> FloatArray:
        """Return the squared Mahalanobis distance to the mean: (n, d) -> (n,)."""
        squared: FloatArray = np.square((at - self.mean) @ self.directions / np.sqrt(self.variances)).sum(axis=1)
        return squared

    def log_density(self, at: FloatArray) -> FloatArray:
        """Return the logarithm of the density: (n, d) -> (n,)."""
        density: FloatArray = -0.5 * (self.squared_distance(at) + np.log(2 * np.pi * self.variances).sum())
        return density

    def sample(self, size: int, random: np.random.Generator) -> FloatArray:
        """Return random points: (size, d)."""
        whitened = random.normal(size=(size, len(self.mean)))
        points: FloatArray = self.mean + whitened * np.sqrt(self.variances) @ self.directions.T
        return points


def gaussian(codes: FloatArray) -> Head:
    """Score by the negative log-density: half the squared Mahalanobis distance, plus a constant."""
    fitted = Gaussian.of(codes)
    return Head(lambda at: -fitted.log_density(at), {"shrinkage": fitted.shrinkage})


def mahalanobis(codes: FloatArray) -> Head:
    """Score by the squared Mahalanobis distance: the order of `gaussian`."""
    fitted = Gaussian.of(codes)
    return Head(fitted.squared_distance, {"shrinkage": fitted.shrinkage})
