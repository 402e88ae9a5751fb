"""A baseline: an encoder that is not trained, and the Mahalanobis distance of its codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench_hybrid.detector import Hybrid
from bench_hybrid.gaussian import mahalanobis

if TYPE_CHECKING:
    from bench_hybrid.head import Head
    from benchmark import FloatArray


class Untrained(Hybrid):
    """The one rule `mahalanobis` on the codes of an encoder as the seed initialises it."""

    name = "untrained"
    standardise = False

    def fit_heads(self, codes: FloatArray, *, seed: int, threads: int) -> dict[str, Head]:  # noqa: ARG002
        """Compute the mean and the covariance of codes, float64, shape (n, d)."""
        return {"mahalanobis": mahalanobis(codes)}
