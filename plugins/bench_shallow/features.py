"""What the shallow methods learn from: images as vectors, and those vectors' principal components."""

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
    """Contrast, mean and principal components of training images, to prepare other images alike.

    Attributes
    ----------
    contrast : Contrast or None
        None where images are taken as they are.
    mean : ndarray of float64, shape (h * w * c,)
        Of the training images.
    components : ndarray of float64, shape (k, h * w * c), or None
        None where the training images are all one: without variance no direction is principal, and every pixel stays.
    """

    contrast: Contrast | None
    mean: FloatArray
    components: FloatArray | None

    @classmethod
    def of(cls, images: Images, config: FeaturesConfig) -> Features:
        """Learn from training images, shape (n, h, w, c)."""
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
        """How many numbers were learnt."""
        return self.mean.size + (0 if self.components is None else self.components.size)


def flat(images: Images) -> FloatArray:
    """Return images as vectors, float64: (n, h, w, c) -> (n, h * w * c)."""
    pixels: FloatArray = images.reshape(len(images), -1).astype(np.float64)
    return pixels


def principal_components(pixels: FloatArray, share: float) -> PCA:
    """Return the least components that explain a share of the variance.

    Exact, from the smaller of two decompositions that give the same.
    """
    # With more images than pixels the eigenvectors of the covariance cost a fraction of the singular vectors.
    solver = "covariance_eigh" if pixels.shape[0] >= pixels.shape[1] else "full"
    # To scikit-learn 1.0 would be no share but nearly one component.
    return PCA(n_components=share if share < 1 else None, svd_solver=solver).fit(pixels)
