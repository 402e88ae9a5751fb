"""Transformations of square images as maps of pixels: to transform a batch is to index its pixels.

Source: Golan & El-Yaniv (2018), Deep Anomaly Detection Using Geometric Transformations, NeurIPS, section 4.1: a flip,
then a translation, then quarter turns; the pixels that a translation leaves empty are filled by reflection.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark import IntArray


@dataclass(frozen=True, slots=True)
class Transformation:
    """A flip of left and right, then a translation by whole pixels, then quarter turns counter-clockwise."""

    flip: bool = False
    right: int = 0
    down: int = 0
    turns: int = 0

    def applied(self, image: IntArray) -> IntArray:
        """Return a square array, shape (side, side), transformed."""
        side = len(image)
        flipped = image[:, ::-1] if self.flip else image
        moved = flipped[_sources(side, self.down)][:, _sources(side, self.right)]
        return np.rot90(moved, self.turns)


def quarter_turns() -> tuple[Transformation, ...]:
    """Return the four turns by 0, 90, 180 and 270 degrees."""
    return tuple(Transformation(turns=turns) for turns in range(4))


def geometric(side: int) -> tuple[Transformation, ...]:
    """Return the 72 transformations of images of `side` pixels a side; translations are by a quarter of it.

    The first is the identity.
    """
    shift = side // 4
    shifts = (0, -shift, shift)
    return tuple(Transformation(*each) for each in itertools.product((False, True), shifts, shifts, range(4)))


def turned_copies(*, flips: bool, shift: int) -> tuple[Transformation, ...]:
    """Return the four turns of each copy of an image: mirrored or not, moved by up to `shift` pixels."""
    shifts = range(-shift, shift + 1)
    return tuple(
        Transformation(*each) for each in itertools.product((False, True)[: 1 + flips], shifts, shifts, range(4))
    )


def pixel_maps(transformations: tuple[Transformation, ...], side: int) -> Tensor:
    """Return, for each transformation, the index of the pixel that each pixel of the result comes from.

    Returns
    -------
    tensor of int64, shape (k, side * side)
    """
    pixels = np.arange(side * side).reshape(side, side)
    return torch.from_numpy(np.stack([each.applied(pixels).ravel() for each in transformations]))


def transformed(pixels: Tensor, maps: Tensor) -> Tensor:
    """Return transformed images, as a network takes them.

    Parameters
    ----------
    pixels : tensor, shape (n, side * side, c)
    maps : tensor of int64, shape (n, side * side) or (side * side,)
        Rows of `pixel_maps`: one for each image, or one for all.

    Returns
    -------
    tensor, shape (n, c, side, side)
        Channels last in memory.
    """
    n, count, channels = pixels.shape
    side = round(count**0.5)
    moved = pixels[:, maps] if maps.ndim == 1 else pixels[torch.arange(n, device=pixels.device)[:, None], maps]
    return moved.view(n, side, side, channels).permute(0, 3, 1, 2)


def _sources(side: int, shift: int) -> IntArray:
    """Return the index of the row or column that each one comes from after a translation: (side,)."""
    # Reflection repeats the edge (d c b a | a b c d | d c b a), as in `scipy.ndimage` and Keras, which the authors use.
    places = (np.arange(side) - shift) % (2 * side)  # an image and its mirror image, repeated
    return np.where(places >= side, 2 * side - 1 - places, places)
