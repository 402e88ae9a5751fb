"""The encoder and the decoder that the detectors of this plugin share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
from keras import layers

if TYPE_CHECKING:
    from typing import TypeAlias

    ImageShape: TypeAlias = tuple[int, int, int]

__all__ = ["decoder", "encoder"]

KERNEL = 3


def encoder(shape: ImageShape, *, filters: Sequence[int], outputs: dict[str, int]) -> keras.Model:
    """Return images (n, h, w, c) -> {name: (n, dimensions)}, one linear head for each of `outputs`.

    Each convolution halves height and width; images whose sides do not divide are padded with zeros.
    """
    images = keras.Input(shape)
    (top, bottom), (left, right) = _padding(shape, len(filters))
    x: Any = layers.ZeroPadding2D(((top, bottom), (left, right)))(images)
    for count in filters:
        x = layers.Conv2D(count, KERNEL, strides=2, padding="same", activation="relu")(x)
    x = layers.Flatten()(x)
    heads = {name: layers.Dense(dimensions, name=name)(x) for name, dimensions in outputs.items()}
    return keras.Model(images, heads, name="encoder")


def decoder(shape: ImageShape, *, filters: Sequence[int], latent_dim: int) -> keras.Model:
    """Return codes (n, latent_dim) -> images (n, h, w, c) in (0, 1): the encoder's mirror."""
    (top, bottom), (left, right) = _padding(shape, len(filters))
    height, width = ((shape[0] + top + bottom) >> len(filters), (shape[1] + left + right) >> len(filters))
    codes = keras.Input((latent_dim,))
    x: Any = layers.Dense(height * width * filters[-1], activation="relu")(codes)
    x = layers.Reshape((height, width, filters[-1]))(x)
    for count in reversed(filters[:-1]):
        x = layers.Conv2DTranspose(count, KERNEL, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2DTranspose(shape[2], KERNEL, strides=2, padding="same", activation="sigmoid")(x)
    return keras.Model(codes, layers.Cropping2D(((top, bottom), (left, right)))(x), name="decoder")


def _padding(shape: ImageShape, contractions: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the rows (top, bottom) and columns (left, right) that make the sides multiples of 2^contractions."""
    lacking = [-side % 2**contractions for side in shape[:2]]
    return ((lacking[0] // 2, lacking[0] - lacking[0] // 2), (lacking[1] // 2, lacking[1] - lacking[1] // 2))
