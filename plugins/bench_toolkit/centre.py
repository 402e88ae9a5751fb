"""The centre of a one-class network: no coordinate of it may be near zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray

MARGIN = 0.1
"""The least absolute value of a coordinate in the authors' code."""


def away_from_zero(centre: FloatArray, margin: float = MARGIN) -> FloatArray:
    """Return a centre, shape (d,), with each coordinate nearer to zero than `margin` moved to `margin` or -`margin`.

    Zero weights map every image to zero, so a centre near zero has a trivial solution (Ruff et al. 2018, Deep One-Class
    Classification, ICML, section 3.3). Deviation: the authors' code does not move an exact zero.
    """
    return np.where(np.abs(centre) < margin, np.where(centre < 0, -margin, margin), centre)
