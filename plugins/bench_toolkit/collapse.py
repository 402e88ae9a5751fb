"""The collapse check: a training that has given every image the same code is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark import TrainingCollapsed

if TYPE_CHECKING:
    from benchmark import FloatArray

COLLAPSED = 1e-3
"""Codes whose spread is at most this share of their length, or of their noise, do not tell images apart."""


def length(codes: FloatArray) -> float:
    """Return the root of the mean squared length of codes, shape (..., d)."""
    return float(np.sqrt(np.square(codes).sum(axis=-1).mean()))


def spread(codes: FloatArray) -> float:
    """Return the root of the mean squared distance of codes, shape (..., d), to their mean."""
    return length(codes - codes.mean(axis=tuple(range(codes.ndim - 1))))


def require_spread(codes: FloatArray, least: float, *, when: str, scale: str) -> None:
    """Raise if the spread of codes, shape (n, ..., d), is not above `least`; one image has none to show.

    Parameters
    ----------
    when, scale : str
        For the message: "after epoch 3", and what `least` was taken from, such as "their noise is 1".

    Raises
    ------
    TrainingCollapsed
        If all images have nearly the same code.
    """
    measured = spread(codes)
    if len(codes) > 1 and measured <= least:
        raise TrainingCollapsed(
            f"{when} every image has the same code: the codes have a spread of {measured:.3g} around their mean and a"
            f" length of {length(codes):.3g}; {scale}"
        )
