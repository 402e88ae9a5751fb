"""PCA as a one-class detector: what the principal components of the normal images leave unexplained.

Source: Jackson and Mudholkar (1979), Control procedures for residuals associated with principal
component analysis, Technometrics 21(3), 341-349: the residual sum of squares Q.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.decomposition import PCA

from benchmark import Detector, FitContext, NotFitted

if TYPE_CHECKING:
    from bench_shallow import PcaConfig
    from benchmark import Images, Scores

__all__ = ["Pca"]


class Pca(Detector):
    """Reconstruction error after projection on the components that explain most of the variance."""

    def __init__(self, config: PcaConfig) -> None:
        self.config = config
        self._pca: PCA | None = None

    def fit(self, images: Images, context: FitContext) -> None:  # noqa: ARG002 - exact: neither seed nor epochs
        """Find the components; exact, from the smaller of two decompositions that give the same."""
        pixels = _flat(images)
        share = self.config.explained_variance
        # With more images than pixels the eigenvectors of the covariance cost a fraction of the singular vectors.
        solver = "covariance_eigh" if pixels.shape[0] >= pixels.shape[1] else "full"
        # To scikit-learn 1.0 would be no share but nearly one component.
        self._pca = PCA(n_components=share if share < 1 else None, svd_solver=solver).fit(pixels)

    def score(self, images: Images) -> dict[str, Scores]:
        """Return the squared distance of each image to the subspace of the components."""
        if self._pca is None:
            raise NotFitted("'pca' must be fitted before it can score")
        centred = _flat(images) - self._pca.mean_  # (n, h * w * c)
        codes = centred @ self._pca.components_.T  # (n, components)
        residual = centred - codes @ self._pca.components_
        return {"reconstruction": np.einsum("ij,ij->i", residual, residual)}

    def facts(self) -> dict[str, float | str]:
        """Return the number of components and of the numbers in them."""
        if self._pca is None:
            return {}
        components = self._pca.components_
        return {"components": float(len(components)), "parameters": float(components.size + components.shape[1])}


def _flat(images: Images) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return images.reshape(len(images), -1).astype(np.float64)
