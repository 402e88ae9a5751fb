"""The centre of a one-class network: no coordinate of it may be near zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray

NEAREST = 0.1


def away_from_zero(centre: FloatArray) -> FloatArray:
    """Return a centre, shape (d,), with each coordinate nearer to zero than 0.1 moved to 0.1 or -0.1.

    Zero weights map every image to zero, so a centre near zero has a trivial solution (Ruff et al. 2018, Deep One-Class
    Classification, ICML, section 3.3). Deviation: the authors' code does not move an exact zero.
    """
    return np.where(np.abs(centre) < NEAREST, np.where(centre < 0, -NEAREST, NEAREST), centre)
