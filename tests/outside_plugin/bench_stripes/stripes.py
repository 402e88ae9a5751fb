"""Horizontal, vertical and diagonal stripes, drawn with a fixed seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark import Dataset, LabelledImages, OnePartDataset

if TYPE_CHECKING:
    from benchmark import IntArray, RawImages

CLASSES = ("horizontal", "vertical", "diagonal")
SIZE = 8


def load_stripes(_options: object) -> Dataset:
    random = np.random.RandomState(0)  # whose stream is frozen, so that the fingerprint is too
    train, train_labels = draw(60, random)
    test, test_labels = draw(30, random)
    return OnePartDataset(
        LabelledImages(train=train, test=test, train_labels=train_labels, test_labels=test_labels, classes=CLASSES)
    )


def draw(each: int, random: np.random.RandomState) -> tuple[RawImages, IntArray]:
    """Return images (n, 8, 8, 1) and their labels (n,), `each` of every class."""
    labels = np.repeat(np.arange(len(CLASSES)), each)
    row, column = np.indices((SIZE, SIZE))
    place = np.stack([row, column, row + column])[labels]  # (n, 8, 8)
    phase = random.randint(0, 4, len(labels))[:, None, None]
    bright = (place + phase) // 2 % 2
    images = 120 * bright + random.randint(0, 100, bright.shape)
    return images[..., None].astype(np.uint8), labels
