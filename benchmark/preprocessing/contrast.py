"""Global contrast normalisation by the L1 norm, scaled by the range of the training images.

Reference: Ruff et al. (2018), section 4.1. A detector of any framework may use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import Images


@dataclass(frozen=True, slots=True)
class Contrast:
    """Global contrast normalisation, with the range of normalised training images.

    Attributes
    ----------
    lowest, highest : float
        The lowest and the highest value of the training images after normalisation.
    """

    lowest: float
    highest: float

    @classmethod
    def of(cls, images: Images) -> Contrast:
        """Return the normalisation for these training images, float32, shape (n, h, w, c)."""
        normalised = _normalised(images)
        return cls(float(normalised.min()), float(normalised.max()))

    def applied(self, images: Images) -> Images:
        """Return the normalised and scaled images, float32, shape (n, h, w, c).

        The training images are in [0, 1]. Other images may have values outside; they are not clipped.
        """
        span = self.highest - self.lowest
        return (_normalised(images) - self.lowest) / (span or 1.0)


def _normalised(images: Images) -> Images:
    """Return each image minus its mean, divided by the mean absolute value of this difference; 0 for a flat image."""
    axes = (1, 2, 3)
    centred = images - images.mean(axis=axes, keepdims=True)
    # By the range, since the deviations of a flat image are not exactly 0 after rounding.
    flat = images.max(axis=axes, keepdims=True) == images.min(axis=axes, keepdims=True)
    normalised: Images = np.where(
        flat, np.float32(0), centred / np.where(flat, 1, np.abs(centred).mean(axis=axes, keepdims=True))
    )
    return normalised.astype(np.float32)
