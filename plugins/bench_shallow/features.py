"""Features of the shallow methods: images as vectors, and their principal components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.decomposition import PCA

from benchmark.preprocessing import Contrast

if TYPE_CHECKING:
    from bench_shallow.configs import FeaturesConfig
    from benchmark import FloatArray, Images


@dataclass(frozen=True, slots=True)
class Features:
    """The contrast, mean and principal components of training images; they are applied to other images.

    Attributes
    ----------
    contrast : Contrast or None
        None if the images are used unchanged.
    mean : ndarray of float64, shape (h * w * c,)
        Mean of the training images.
    components : ndarray of float64, shape (k, h * w * c), or None
        None if all training images are equal: without variance there are no components, and the pixels are used.
    """

    contrast: Contrast | None
    mean: FloatArray
    components: FloatArray | None

    @classmethod
    def of(cls, images: Images, config: FeaturesConfig) -> Features:
        """Compute the features' parameters from training images, shape (n, h, w, c)."""
        contrast = Contrast.of(images) if config.contrast == "gcn_l1" else None
        pixels = flat(images if contrast is None else contrast.applied(images))
        if (pixels == pixels[0]).all():
            return cls(contrast, pixels[0], None)
        pca = principal_components(pixels, config.explained_variance)
        return cls(contrast, pca.mean_, pca.components_)

    def applied(self, images: Images) -> FloatArray:
        """Return the features of images, float64: (n, h, w, c) -> (n, k)."""
        centred = flat(images if self.contrast is None else self.contrast.applied(images)) - self.mean
        return centred if self.components is None else centred @ self.components.T

    @property
    def parameters(self) -> int:
        """Number of stored parameters."""
        return self.mean.size + (0 if self.components is None else self.components.size)


def flat(images: Images) -> FloatArray:
    """Return images as vectors, float64: (n, h, w, c) -> (n, h * w * c)."""
    pixels: FloatArray = images.reshape(len(images), -1).astype(np.float64)
    return pixels


def principal_components(pixels: FloatArray, share: float) -> PCA:
    """Return the fitted PCA with the fewest components that explain a share of the variance.

    The result is exact; of two equivalent decompositions, the faster one is used.
    """
    # With more images than pixels, eigenvectors of the covariance are much faster than singular vectors.
    solver = "covariance_eigh" if pixels.shape[0] >= pixels.shape[1] else "full"
    # scikit-learn reads 1.0 as a number of components, not as a share.
    return PCA(n_components=share if share < 1 else None, svd_solver=solver).fit(pixels)
