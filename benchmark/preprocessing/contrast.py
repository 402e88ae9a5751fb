"""Global contrast normalisation by the L1 norm, and the training images' range (Ruff et al. 2018, section 4.1).

For detectors, which prepare their images themselves: several publications begin with it, in any framework.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import Images


@dataclass(frozen=True, slots=True)
class Contrast:
    """Lowest and highest value that the training images have after normalisation."""

    lowest: float
    highest: float

    @classmethod
    def of(cls, images: Images) -> Contrast:
        """Measure training images, shape (n, h, w, c)."""
        normalised = _normalised(images)
        return cls(float(normalised.min()), float(normalised.max()))

    def applied(self, images: Images) -> Images:
        """Return images, float32, in [0, 1] where they look like training images; others are not clipped."""
        span = self.highest - self.lowest
        return (_normalised(images) - self.lowest) / (span or 1.0)


def _normalised(images: Images) -> Images:
    """Return each image less its mean, over the mean of what is then its absolute value; a flat image is 0."""
    axes = (1, 2, 3)
    centred = images - images.mean(axis=axes, keepdims=True)
    # By its range, not by its deviation: of a flat image, rounding leaves a little.
    flat = images.max(axis=axes, keepdims=True) == images.min(axis=axes, keepdims=True)
    normalised: Images = np.where(
        flat, np.float32(0), centred / np.where(flat, 1, np.abs(centred).mean(axis=axes, keepdims=True))
    )
    return normalised.astype(np.float32)
