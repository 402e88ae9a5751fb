import os

import numpy as np
import pytest

from benchmark.preprocessing import Contrast

# Ruff et al.'s own, for the ten classes of MNIST (github.com/lukasruff/Deep-SVDD, `datasets/mnist.py`).
PUBLISHED = [
    (-0.8826567065619495, 9.001545489292527),
    (-0.6661464580883915, 20.108062262467364),
    (-0.7820454743183202, 11.665100841080346),
    (-0.7645772083211267, 12.895051191467457),
    (-0.7253923114302238, 12.683235701611533),
    (-0.7698501867861425, 13.103278415430502),
    (-0.778418217980696, 10.457837397569108),
    (-0.7129780970522351, 12.057777597673047),
    (-0.8280402650205075, 10.581538445782988),
    (-0.7369959242164307, 10.697039838804978),
]


@pytest.fixture
def images():
    def make(n, shape=(8, 8, 1)):
        return np.random.RandomState(0).uniform(size=(n, *shape)).astype(np.float32)

    return make


def plain(image):
    """Return one image less its mean, over its mean absolute value."""
    centred = image - image.mean()
    return centred / np.abs(centred).mean()


def test_every_image_is_normalised_by_itself_over_all_channels(images):
    x = images(6, (9, 7, 2))
    expected = np.stack([plain(image) for image in x])
    assert Contrast(0.0, 1.0).applied(x) == pytest.approx(expected, abs=1e-5)


def test_training_images_come_to_lie_between_0_and_1(images):
    x = images(6)
    applied = Contrast.of(x).applied(x)
    assert (applied.min(), applied.max()) == pytest.approx((0, 1), abs=1e-6)


def test_the_range_is_that_of_the_training_images(images):
    x = images(6)
    expected = np.stack([plain(image) for image in x])
    contrast = Contrast.of(x)
    assert (contrast.lowest, contrast.highest) == pytest.approx((expected.min(), expected.max()), rel=1e-5)


def test_other_images_are_not_clipped():
    sharp = np.zeros((1, 8, 8, 1), np.float32)
    sharp[0, 3, 3] = 1
    assert Contrast(-1.0, 1.0).applied(sharp).max() > 10


def test_neither_brightness_nor_contrast_of_an_image_matters(images):
    x = images(4)
    contrast = Contrast.of(x)
    assert contrast.applied(0.2 + 0.5 * x) == pytest.approx(contrast.applied(x), abs=1e-4)


def test_a_flat_image_has_no_contrast():
    flat = np.full((1, 8, 8, 1), 0.7, np.float32)
    assert np.all(Contrast(0.0, 1.0).applied(flat) == 0)


def test_flat_training_images_leave_finite_numbers():
    flat = np.zeros((3, 8, 8, 1), np.float32)
    assert np.isfinite(Contrast.of(flat).applied(flat)).all()


def test_it_returns_float32(images):
    x = images(4)
    assert Contrast.of(x).applied(x).dtype == np.float32


@pytest.fixture(scope="module")
def mnist():
    from benchmark.registry import registry

    spec = registry().datasets["mnist"]
    dataset = spec.load(spec.config())
    return dataset.part(dataset.parts[0])


@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="needs MNIST: set BENCH_DATA")
@pytest.mark.slow
@pytest.mark.parametrize("label", range(10))
def test_on_mnist_the_range_of_a_class_is_the_published_one(mnist, label):
    x = mnist.train[mnist.train_labels == label].astype(np.float32) / np.float32(255)
    contrast = Contrast.of(x)
    assert (contrast.lowest, contrast.highest) == pytest.approx(PUBLISHED[label], rel=1e-5)
