"""Kernel density estimation: an image is anomalous where the density of training images is low.

Source: Parzen (1962), On estimation of a probability density function and mode, Annals of Mathematical Statistics
33(3), 1065-1076. On principal components, with the bandwidth chosen by cross-validated likelihood, as in Ruff et al.
(2018), section 4.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_shallow.density import held_out_log_likelihoods, log_densities
from bench_shallow.features import Features
from benchmark import BadData, Detector, FitContext, NotFitted

if TYPE_CHECKING:
    from bench_shallow.configs import KdeConfig
    from benchmark import FloatArray, Images, Scores


class Kde(Detector):
    """A Gaussian kernel at every training image."""

    def __init__(self, config: KdeConfig) -> None:
        self.config = config
        self._features: Features | None = None
        self._vectors: FloatArray | None = None
        self._bandwidth, self._edge = 0.0, ""

    def fit(self, images: Images, context: FitContext) -> None:
        """Store the features of the training images, and choose the bandwidth."""
        features = Features.of(images, self.config)
        vectors = features.applied(images)
        if self.config.bandwidth == "cross_validated":
            self._bandwidth, self._edge = self._choose_bandwidth(vectors, context.seed)
        else:
            self._bandwidth, self._edge = self.config.bandwidth, ""
        self._features, self._vectors = features, vectors

    def _choose_bandwidth(self, vectors: FloatArray, seed: int) -> tuple[float, str]:
        """Return the bandwidth that maximises the likelihood of held-out images, and the edge of the grid it is on."""
        config, n = self.config, len(vectors)
        if n < 2:
            raise BadData("'kde' needs 2 training images to choose a bandwidth; set the bandwidth: --set bandwidth=1")
        grid = np.logspace(config.lowest_exponent, config.highest_exponent, config.grid_size, base=2)
        fold_of = np.random.default_rng(seed).permutation(n) % min(config.folds, n)
        best = int(np.argmax(held_out_log_likelihoods(vectors, fold_of, grid)))
        return float(grid[best]), {0: "lower", len(grid) - 1: "upper"}.get(best, "none")

    def score(self, images: Images) -> dict[str, Scores]:
        """Return the negative logarithm of the density."""
        if self._features is None or self._vectors is None:
            raise NotFitted("'kde' must be fitted before it can score")
        vectors = self._features.applied(images)
        return {"negative_log_density": -log_densities(vectors, self._vectors, np.array([self._bandwidth]))[0]}

    def facts(self) -> dict[str, float | str]:
        """Return the bandwidth, the edge of the grid on which it lies, and the numbers of components and parameters."""
        if self._features is None or self._vectors is None:
            return {}
        return {
            "bandwidth": self._bandwidth,
            **({"grid_edge": self._edge} if self._edge else {}),
            "components": float(self._vectors.shape[1]),
            "parameters": float(self._features.parameters + self._vectors.size + 1),
        }
