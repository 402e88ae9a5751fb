"""Corruptions of the images that an encoder is given in training, for denoising (Vincent et al. 2008, ICML)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

if TYPE_CHECKING:
    from bench_keras_vae.configs import AutoencoderConfig


class Corruption:
    """Corrupts batches of images in [0, 1], each image at random by itself."""

    def __init__(self, config: AutoencoderConfig) -> None:
        self._corrupt = CORRUPTIONS[config.corruption]
        self._strength = config.corruption_strength
        self._seed = keras.random.SeedGenerator()  # seeded by the global generators, which the harness seeds

    def __call__(self, images: Any) -> Any:
        """Return corrupted images: (n, h, w, c) -> (n, h, w, c)."""
        return self._corrupt(images, self._strength, self._seed)


def _none(images: Any, strength: float, seed: Any) -> Any:  # noqa: ARG001 - one signature for all
    return images


def _gaussian(images: Any, strength: float, seed: Any) -> Any:
    """Add Gaussian noise of standard deviation `strength`, and clip to [0, 1]."""
    return ops.clip(images + keras.random.normal(ops.shape(images), stddev=strength, seed=seed), 0.0, 1.0)


def _mask(images: Any, strength: float, seed: Any) -> Any:
    """Set a rectangle at a random place to 0; its sides are `strength` times the image's."""
    count = ops.shape(images)[0]
    masked = []  # rows (n, h, 1), columns (n, 1, w)
    for axis, side in enumerate(images.shape[1:3]):
        length = max(1, round(strength * side))
        start = keras.random.randint((count, 1), 0, side - length + 1, seed=seed)
        index = ops.arange(side)[None]  # (1, side)
        inside = ops.logical_and(index >= start, index < start + length)  # (n, side)
        masked.append(ops.expand_dims(inside, 2 - axis))
    rectangle = ops.logical_and(*masked)[..., None]  # (n, h, w, 1)
    return ops.where(rectangle, 0.0, images)


def _salt_pepper(images: Any, strength: float, seed: Any) -> Any:
    """Set a share `strength` of the pixels to 0 or 1, all channels alike."""
    u = keras.random.uniform((*ops.shape(images)[:3], 1), seed=seed)  # (n, h, w, 1)
    return ops.where(u < strength / 2, 0.0, ops.where(u < strength, 1.0, images))


def _affine(images: Any, strength: float, seed: Any) -> Any:
    """Rotate by up to `strength` right angles, and shift by up to `strength` quarters of the sides."""
    count = ops.shape(images)[0]
    height, width = images.shape[1:3]
    amounts = strength * keras.random.uniform((count, 3), -1.0, 1.0, seed=seed)
    angle = amounts[:, 0] * (math.pi / 2)
    down, right = amounts[:, 1] * (height / 4), amounts[:, 2] * (width / 4)
    cosine, sine = ops.cos(angle), ops.sin(angle)
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    # Output (x, y) is taken from input (a x + b y + c, d x + e y + f): a rotation about the middle, then a shift.
    zero = ops.zeros_like(angle)
    for_x = [cosine, -sine, middle_x - cosine * middle_x + sine * middle_y + right]
    for_y = [sine, cosine, middle_y - sine * middle_x - cosine * middle_y + down]
    coefficients = ops.stack([*for_x, *for_y, zero, zero], axis=1)
    return ops.image.affine_transform(images, coefficients, interpolation="bilinear")


CORRUPTIONS: dict[str, Callable[[Any, float, Any], Any]] = {
    "none": _none,
    "gaussian": _gaussian,
    "mask": _mask,
    "salt_pepper": _salt_pepper,
    "affine": _affine,
}
