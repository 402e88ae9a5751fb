"""Horizontal, vertical and diagonal stripes, drawn with a fixed seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark import Dataset, LabelledImages, OnePartDataset

if TYPE_CHECKING:
    from benchmark import IntArray, RawImages

KINDS = ("horizontal", "vertical", "diagonal")
SIZE = 8


def load_stripes(config: Any) -> Dataset:
    random = np.random.RandomState(0)  # whose stream is frozen, so that the fingerprint is too
    train, train_kind = draw(60, random)
    test, test_kind = draw(30, random)
    return OnePartDataset(
        LabelledImages(train=train, test=test, train_kind=train_kind, test_kind=test_kind, kinds=KINDS)
    )


def draw(each: int, random: np.random.RandomState) -> tuple[RawImages, IntArray]:
    """Return images (n, 8, 8, 1) and their kinds (n,), `each` of every kind."""
    kind = np.repeat(np.arange(len(KINDS)), each)
    row, column = np.indices((SIZE, SIZE))
    place = np.stack([row, column, row + column])[kind]  # (n, 8, 8)
    phase = random.randint(0, 4, len(kind))[:, None, None]
    bright = (place + phase) // 2 % 2
    images = 120 * bright + random.randint(0, 100, bright.shape)
    return images[..., None].astype(np.uint8), kind
