"""The collapse check: it stops a training after which every image has the same code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark import TrainingCollapsed

if TYPE_CHECKING:
    from benchmark import FloatArray

COLLAPSED = 1e-3
"""Codes whose spread is at most this share of their length, or of their noise, cannot separate images."""


def length(codes: FloatArray) -> float:
    """Return the root of the mean squared length of codes, shape (..., d)."""
    return float(np.sqrt(np.square(codes).sum(axis=-1).mean()))


def spread(codes: FloatArray) -> float:
    """Return the root of the mean squared distance of codes, shape (..., d), to their mean."""
    return length(codes - codes.mean(axis=tuple(range(codes.ndim - 1))))


def require_spread(codes: FloatArray, least: float, *, when: str, scale: str) -> None:
    """Raise if the spread of codes is not above `least`. The code of a single image has no spread, and passes.

    Parameters
    ----------
    codes : ndarray of float64, shape (n, ..., d)
    least : float
        In the unit of the codes.
    when, scale : str
        For the message: "after epoch 3", and what `least` is relative to, such as "their noise is 1".

    Raises
    ------
    TrainingCollapsed
        If n images, more than one, have nearly the same code.
    """
    measured = spread(codes)
    if len(codes) > 1 and measured <= least:
        raise TrainingCollapsed(
            f"{when} every image has the same code: the codes have a spread of {measured:.3g} around their mean and a"
            f" length of {length(codes):.3g}; {scale}"
        )
