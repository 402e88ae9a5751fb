import os

import numpy as np
import pytest

pytestmark = pytest.mark.torch

# Of each digit, in the authors' code (src/datasets/mnist.py of Deep-SVDD-PyTorch).
PUBLISHED = [
    (-0.8826567065619495, 9.001545489292527), (-0.6661464580883915, 20.108062262467364),
    (-0.7820454743183202, 11.665100841080346), (-0.7645772083211267, 12.895051191467457),
    (-0.7253923114302238, 12.683235701611533), (-0.7698501867861425, 13.103278415430502),
    (-0.778418217980696, 10.457837397569108), (-0.7129780970522351, 12.057777597673047),
    (-0.8280402650205075, 10.581538445782988), (-0.7369959242164307, 10.697039838804978),
]  # fmt: skip


def contrast_of(images):
    from bench_deep_svdd.contrast import Contrast
    from bench_deep_svdd.training import as_tensor

    tensor = as_tensor(images, "cpu")
    return Contrast.of(tensor), tensor


def test_it_is_the_image_less_its_mean_over_its_mean_absolute_deviation(images):
    x = images(6, (5, 7, 3)).astype(np.float64)
    centred = x - x.mean(axis=(1, 2, 3), keepdims=True)
    plain = centred / np.abs(centred).mean(axis=(1, 2, 3), keepdims=True)
    contrast, tensor = contrast_of(x.astype(np.float32))
    assert (contrast.lowest, contrast.highest) == pytest.approx((plain.min(), plain.max()), rel=1e-5)
    expected = (plain - plain.min()) / (plain.max() - plain.min())
    assert contrast.applied(tensor).numpy() == pytest.approx(expected, abs=1e-5)


def test_training_images_span_0_to_1_and_others_are_not_clipped(images):
    contrast, tensor = contrast_of(images(8))
    applied = contrast.applied(tensor)
    assert (float(applied.min()), float(applied.max())) == pytest.approx((0, 1), abs=1e-6)
    lone = np.zeros((1, 8, 8, 1), np.float32)
    lone[0, 4, 4] = 1
    _, other = contrast_of(lone)
    assert float(contrast.applied(other).max()) > 1.5


@pytest.mark.parametrize("grey", [0.0, 0.1, 0.3, 0.7, 1.0])
def test_a_flat_image_is_zero_before_it_is_scaled(images, grey):
    contrast, _ = contrast_of(images(8))
    _, flat = contrast_of(np.full((1, 28, 28, 1), grey, np.float32))
    expected = -contrast.lowest / (contrast.highest - contrast.lowest)
    assert contrast.applied(flat).numpy() == pytest.approx(expected, abs=1e-6)


def test_flat_training_images_divide_by_nothing():
    contrast, flat = contrast_of(np.full((3, 4, 4, 1), 0.5, np.float32))
    assert not contrast.applied(flat).any()


@pytest.mark.slow
@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="needs MNIST: set BENCH_DATA")
@pytest.mark.parametrize("digit", range(10))
def test_on_mnist_the_range_of_each_digit_is_the_published_one(digit):
    from benchmark import parameters
    from benchmark.protocol import as_images
    from benchmark.registry import registry

    spec = registry().datasets["mnist"]
    mnist = spec.load(parameters.resolve(spec.config, {}, owner="mnist"))
    part = mnist.part(mnist.parts[0])
    contrast, _ = contrast_of(as_images(part.train[part.train_kind == digit]))
    assert (contrast.lowest, contrast.highest) == pytest.approx(PUBLISHED[digit], rel=1e-5)
