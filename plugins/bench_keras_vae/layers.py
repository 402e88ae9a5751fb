"""Layers that Keras does not have: self-attention over an image, and conditioning by scale and shift."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="bench_keras_vae")
class SelfAttention(layers.Layer):
    """Self-attention over the places of a feature map: (n, h, w, c) -> (n, h, w, c or 2c).

    With `how` = add, the attended values times a trained scale, which is 0 at first, are added to the input. With
    concat they are appended to its channels.

    Source: Zhang et al. (2019), Self-Attention Generative Adversarial Networks, ICML, section 3. Deviation: the values
    keep all channels, so that no projection back is needed; no spectral norm.
    """

    def __init__(self, how: str, **options: Any) -> None:
        super().__init__(**options)
        self.how = how

    def build(self, shape: Any) -> None:
        """Create the three 1 x 1 convolutions, and the scale."""
        channels = shape[-1]
        narrow = max(1, channels // 8)
        self.query, self.key, self.value = (
            layers.Conv2D(count, 1, use_bias=False) for count in (narrow, narrow, channels)
        )
        for projection in (self.query, self.key, self.value):
            projection.build(shape)
        if self.how == "add":
            self.scale = self.add_weight(shape=(), initializer="zeros", name="scale")

    def call(self, features: Any) -> Any:
        """Return features with the values attended to: (n, h, w, c) -> (n, h, w, c or 2c)."""
        _, height, width, channels = features.shape
        places = height * width
        query, key = (ops.reshape(f(features), (-1, places, f.filters)) for f in (self.query, self.key))
        value = ops.reshape(self.value(features), (-1, places, channels))
        attention = ops.softmax(ops.matmul(query, ops.transpose(key, (0, 2, 1))))  # (n, places, places)
        attended = ops.reshape(ops.matmul(attention, value), (-1, height, width, channels))
        if self.how == "add":
            return features + self.scale * attended
        return ops.concatenate([features, attended], axis=-1)

    def compute_output_shape(self, shape: Any) -> Any:
        """Return the shape of the output."""
        return shape if self.how == "add" else (*shape[:-1], 2 * shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Return the options of the layer, for a `.keras` file."""
        return {**super().get_config(), "how": self.how}


@keras.saving.register_keras_serializable(package="bench_keras_vae")
class FiLM(layers.Layer):
    """Scale and shift of each channel, linear in a condition: (n, ..., c) and (n, e) -> (n, ..., c).

    Source: Perez et al. (2018), FiLM: Visual Reasoning with a General Conditioning Layer, AAAI, equation 2.
    """

    def build(self, features_shape: Any, condition_shape: Any) -> None:
        """Create the projection; it is 0 at first, so that the features stay as they are."""
        self.project = layers.Dense(2 * features_shape[-1], kernel_initializer="zeros")
        self.project.build(condition_shape)

    def call(self, features: Any, condition: Any) -> Any:
        """Return (1 + scale) * features + shift."""
        scale, shift = ops.split(self.project(condition), 2, axis=-1)  # (n, c) each
        between = (-1, *[1] * (len(features.shape) - 2), features.shape[-1])
        return (1 + ops.reshape(scale, between)) * features + ops.reshape(shift, between)

    def compute_output_shape(self, features_shape: Any, condition_shape: Any) -> Any:
        """Return the shape of the output: that of the features."""
        return features_shape
