import numpy as np
import pytest


@pytest.fixture
def cloud():
    """Return a maker of images of 3 x 3 around grey, as a detector gets them."""

    def make(n, *, seed=0, around=0.5, spread=0.1):
        random = np.random.RandomState(seed)
        scales = spread * np.linspace(1, 0.2, 9).reshape(3, 3, 1)
        images = (around + scales * random.normal(size=(n, 3, 3, 1))).astype(np.float32)
        images.flags.writeable = False
        return images

    return make
