"""The centre of a one-class network: where it must not lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray

NEAREST = 0.1


def away_from_zero(centre: FloatArray) -> FloatArray:
    """Return a centre no coordinate of which is nearer to zero than 0.1.

    A network without biases could reach zero by zero weights alone (Ruff et al. 2018, Deep One-Class Classification,
    ICML, section 3.3). Deviation: the authors' code leaves an exact zero.
    """
    return np.where(np.abs(centre) < NEAREST, np.where(centre < 0, -NEAREST, NEAREST), centre)
