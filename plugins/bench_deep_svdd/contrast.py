"""Global contrast normalisation by the L1 norm, and the training images' range (Ruff et al. 2018, section 4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Contrast"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """Lowest and highest value that the training images have after normalisation."""

    lowest: float
    highest: float

    @classmethod
    def of(cls, images: Tensor) -> Contrast:
        """Measure training images (n, c, h, w)."""
        normalised = _normalised(images)
        return cls(float(normalised.min()), float(normalised.max()))

    def applied(self, images: Tensor) -> Tensor:
        """Return images in [0, 1] where they look like training images; others are not clipped."""
        span = self.highest - self.lowest
        return (_normalised(images) - self.lowest) / (span or 1.0)


def _normalised(images: Tensor) -> Tensor:
    """Return each image less its mean, over the mean of what is then its absolute value; a flat image is 0."""
    axes = (1, 2, 3)
    centred = images - images.mean(axes, keepdim=True)
    # By its range, not by its deviation: of a flat image, rounding leaves a little.
    flat = images.amax(axes, keepdim=True) == images.amin(axes, keepdim=True)
    return torch.where(flat, 0.0, centred / torch.where(flat, 1.0, centred.abs().mean(axes, keepdim=True)))
