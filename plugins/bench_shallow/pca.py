"""PCA as a one-class detector: the error of the reconstruction from the principal components of normal images.

Source: Jackson and Mudholkar (1979), Control procedures for residuals associated with principal
component analysis, Technometrics 21(3), 341-349: the residual sum of squares Q.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_shallow.features import flat, principal_components
from benchmark import Detector, FitContext, NotFitted

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

    from bench_shallow.configs import PcaConfig
    from benchmark import Images, Scores


class Pca(Detector):
    """The reconstruction error after projection on the components that explain most of the variance."""

    def __init__(self, config: PcaConfig) -> None:
        self.config = config
        self._pca: PCA | None = None

    def fit(self, images: Images, context: FitContext) -> None:  # noqa: ARG002 - an exact solution: no seed, no epochs
        """Compute the components."""
        self._pca = principal_components(flat(images), self.config.explained_variance)

    def score(self, images: Images) -> dict[str, Scores]:
        """Return the squared distance of each image to the subspace of the components."""
        if self._pca is None:
            raise NotFitted("'pca' must be fitted before it can score")
        centred = flat(images) - self._pca.mean_  # (n, h * w * c)
        codes = centred @ self._pca.components_.T  # (n, components)
        residual = centred - codes @ self._pca.components_
        return {"reconstruction": np.einsum("ij,ij->i", residual, residual)}

    def facts(self) -> dict[str, float | str]:
        """Return the number of components and of stored parameters."""
        if self._pca is None:
            return {}
        components = self._pca.components_
        return {"components": float(len(components)), "parameters": float(components.size + components.shape[1])}
