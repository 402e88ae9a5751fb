"""Small synthetic images for the checks: normal ones with a smooth pattern, and anomalous ones without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray, Images

Shape = tuple[int, int, int]

NOISE = 0.02
"""Standard deviation of the noise that is added to every pixel."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Images of one shape (h, w, c), float32 in [0, 1], read-only.

    Attributes
    ----------
    train, normal : ndarray, shape (n, h, w, c)
        A horizontal gradient and a bright blob whose position varies slightly.
    anomalous : ndarray, shape (n, h, w, c)
        Random black and white blocks of 2 x 2 pixels.
    other : ndarray, shape (n, h, w, c)
        Images for a different fit: the pattern rotated by 180 degrees and darkened.
    """

    train: Images
    normal: Images
    anomalous: Images
    other: Images


def draw(shape: Shape, *, train: int = 64, test: int = 40) -> Samples:
    """Return samples of one shape, the same at every call: `train` images to fit, `test` of each sort to score."""
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
