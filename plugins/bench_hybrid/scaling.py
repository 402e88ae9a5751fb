"""Standardises codes: each coordinate minus its mean, divided by its standard deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark import TrainingCollapsed

if TYPE_CHECKING:
    from benchmark import FloatArray

ROUNDING = 2.0**-20
"""Share of the largest number in the codes; a smaller standard deviation is float32 rounding of the encoder."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Mean and scale of each coordinate, shape (d,).

    A constant coordinate has the scale 1, so that rounding is not amplified.
    """

    mean: FloatArray
    scale: FloatArray

    @classmethod
    def of(cls, codes: FloatArray, *, standardise: bool) -> Scaling:
        """Return mean and scale of training codes, shape (n, d).

        Raises
        ------
        TrainingCollapsed
            If no coordinate varies.
        """
        deviation = codes.std(axis=0)
        varies = deviation > ROUNDING * np.abs(codes).max()
        if not varies.any():
            raise TrainingCollapsed(
                f"all {len(codes)} training images have the same code: the largest deviation is"
                f" {deviation.max():.3g}, and no rule can distinguish them"
            )
        return cls(codes.mean(axis=0), np.where(varies & standardise, deviation, 1.0))

    def applied(self, codes: FloatArray) -> FloatArray:
        """Return standardised codes."""
        return (codes - self.mean) / self.scale
