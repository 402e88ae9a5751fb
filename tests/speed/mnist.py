"""Training images that stand for any class of MNIST."""

import numpy as np

from benchmark.interfaces.specs import NoOptions
from benchmark.registry import registry

TASKS = 10
IMAGES = 6_000
"""As many as a class has on average: ten times this is the training set."""

DIGITS = (3, 7)
"""Two classes that have as many."""


def images_of(digit: int) -> np.ndarray:
    """Return images, uint8, shape (IMAGES, 28, 28, 1).

    Raises
    ------
    BenchError
        If MNIST is not here and cannot be fetched.
    """
    dataset = registry().datasets["mnist"].load(NoOptions())
    part = dataset.part(dataset.parts[0])
    return part.train[np.flatnonzero(part.train_kind == digit)[:IMAGES]]
