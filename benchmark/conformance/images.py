"""Small images to try a detector on: normal ones of one smooth pattern, and others far from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray, Images

Shape = tuple[int, int, int]

NOISE = 0.02


@dataclass(frozen=True, slots=True)
class Samples:
    """Images of one shape (h, w, c), float32 in [0, 1], read-only.

    Attributes
    ----------
    train, normal : ndarray, shape (n, h, w, c)
        A gradient and a blob that moves a little.
    anomalous : ndarray, shape (n, h, w, c)
        Blocks of black and white at random.
    other : ndarray, shape (n, h, w, c)
        To learn something else from: the pattern upside down and darker.
    """

    train: Images
    normal: Images
    anomalous: Images
    other: Images


def draw(shape: Shape, *, train: int = 64, test: int = 40) -> Samples:
    """Return the same samples at every call."""
    random = np.random.RandomState(0)

    def images(values: FloatArray) -> Images:
        noisy = np.clip(values + NOISE * random.normal(size=values.shape), 0, 1).astype(np.float32)
        noisy.flags.writeable = False
        return noisy

    def pattern(n: int) -> FloatArray:
        row, column = np.linspace(0, 1, shape[0])[:, None], np.linspace(0, 1, shape[1])[None, :]
        centre = 0.35 + 0.04 * random.normal(size=(n, 2, 1, 1))
        blob = np.exp(-((row - centre[:, 0]) ** 2 + (column - centre[:, 1]) ** 2) / 0.05)  # (n, h, w)
        grey = 0.4 + 0.2 * column + 0.2 * blob
        shade: FloatArray = grey[..., None] - 0.03 * np.arange(shape[2])
        return shade

    def blocks(n: int) -> FloatArray:
        coarse = random.randint(0, 2, (n, -(-shape[0] // 2), -(-shape[1] // 2), shape[2]))
        fine: FloatArray = coarse.repeat(2, axis=1).repeat(2, axis=2)[:, : shape[0], : shape[1]].astype(np.float64)
        return fine

    return Samples(
        train=images(pattern(train)),
        normal=images(pattern(test)),
        anomalous=images(blocks(test)),
        other=images(0.8 * pattern(train)[:, ::-1, ::-1]),
    )
