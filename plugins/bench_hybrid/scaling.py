"""Centres codes, and divides each coordinate by its standard deviation if `standardise` is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark import TrainingCollapsed

if TYPE_CHECKING:
    from benchmark import FloatArray

ROUNDING = 2.0**-20
"""Share of the largest absolute value in the codes; a smaller standard deviation is rounding error of float32."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Mean and scale of each coordinate, shape (d,).

    A constant coordinate has the scale 1, so that rounding errors are not amplified.
    """

    mean: FloatArray
    scale: FloatArray

    @classmethod
    def of(cls, codes: FloatArray, *, standardise: bool) -> Scaling:
        """Compute mean and scale from training codes, shape (n, d).

        Raises
        ------
        TrainingCollapsed
            If no coordinate varies.
        """
        deviation = codes.std(axis=0)
        varies = deviation > ROUNDING * np.abs(codes).max()
        if not varies.any():
            raise TrainingCollapsed(
                f"all {len(codes)} training images have the same code (largest standard deviation"
                f" {deviation.max():.3g}), so no rule can distinguish them"
            )
        return cls(codes.mean(axis=0), np.where(varies & standardise, deviation, 1.0))

    def applied(self, codes: FloatArray) -> FloatArray:
        """Return the codes, centred and scaled: (n, d) -> (n, d)."""
        return (codes - self.mean) / self.scale
