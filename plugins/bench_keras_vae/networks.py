"""The encoder and the decoder that the detectors of this plugin share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from bench_keras_vae.layers import FiLM, SelfAttention

if TYPE_CHECKING:
    from typing import TypeAlias

    from bench_keras_vae.configs import CodeConfig

    ImageShape: TypeAlias = tuple[int, int, int]
    Padding: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
    Tensor: TypeAlias = Any  # of TensorFlow, or one of Keras's symbolic ones


def encoder(
    shape: ImageShape,
    config: CodeConfig,
    *,
    heads: Sequence[str] = ("mean",),
    bias: bool = True,
    film_units: int = 0,
) -> keras.Model:
    """Return a network (n, h, w, c) -> {head: codes}. Each head is linear.

    Codes are (n, latent_dim), or (n, h', w', latent_dim) if they are spatial. Images are padded with zeros until their
    sides are multiples of 2^contractions. Self-attention follows the first contraction that leaves at most
    `config.attention_side` rows and columns, or else the last contraction.

    Parameters
    ----------
    heads : sequence of str
        Names of the codes.
    bias : bool
        Whether any layer adds a constant.
    film_units : int
        If not 0, the network has a second input (n, 1), the condition. A hidden layer of this many units leads from it
        to a scale and a shift for each channel of every contraction.
    """
    blocks = _Blocks(config, bias=bias, film_units=film_units)
    images = keras.Input(shape, name="images")
    x: Any = layers.ZeroPadding2D(padding(shape, config))(images)
    sides = [max(x.shape[1:3]) >> contractions for contractions in range(1, len(config.filters) + 1)]
    attended = next((i for i, side in enumerate(sides) if side <= config.attention_side), len(sides) - 1)
    for i, filters in enumerate(config.filters):
        x = blocks.contract(x, filters)
        if i == attended and config.attention != "none":
            x = SelfAttention(config.attention)(x)
    if config.latent == "vector":
        x = layers.Flatten()(x)
    codes = {name: blocks.linear(x, config.latent_dim, name=name) for name in heads}
    return keras.Model(with_condition(images, blocks.condition), codes, name="encoder")


def decoder(shape: ImageShape, config: CodeConfig, *, bias: bool = True, film_units: int = 0) -> keras.Model:
    """Return a network codes -> (n, h, w, c) in (0, 1): the encoder mirrored, without attention.

    With `film_units` it has a second input, as the encoder; every expansion but the last is conditioned.
    """
    blocks = _Blocks(config, bias=bias, film_units=film_units)
    height, width, _ = code_shape(shape, config)
    codes = keras.Input(code_shape(shape, config)[2:] if config.latent == "vector" else code_shape(shape, config))
    if config.latent == "spatial":
        x: Any = blocks.activate(blocks.linear(codes, config.filters[-1]))
    elif config.block == "strided":
        x = blocks.activate(blocks.linear(codes, height * width * config.filters[-1]))
        x = layers.Reshape((height, width, config.filters[-1]))(x)
    else:
        x = _as_map(blocks.activate(codes), height, width)
    for filters in reversed(config.filters[:-1] if config.block == "strided" else config.filters):
        x = blocks.expand(x, filters)
    x = blocks.to_images(x, shape[2])
    x = layers.Cropping2D(padding(shape, config))(x)
    return keras.Model(with_condition(codes, blocks.condition), x, name="decoder")


def with_condition(x: Tensor, condition: Tensor | None) -> Any:
    """Return the inputs of a network: x alone, or with the condition if there is one."""
    return x if condition is None else [x, condition]


def code_shape(shape: ImageShape, config: CodeConfig) -> tuple[int, int, int]:
    """Return height and width of the last feature map, and the dimensions of a code."""
    (top, bottom), (left, right) = padding(shape, config)
    contractions = len(config.filters)
    return (shape[0] + top + bottom) >> contractions, (shape[1] + left + right) >> contractions, config.latent_dim


def padding(shape: ImageShape, config: CodeConfig) -> Padding:
    """Return the rows (top, bottom) and columns (left, right) that make the sides multiples of 2^contractions."""
    missing = [-side % 2 ** len(config.filters) for side in shape[:2]]
    return ((missing[0] // 2, missing[0] - missing[0] // 2), (missing[1] // 2, missing[1] - missing[1] // 2))


class _Blocks:
    """Makes the layers of one network.

    Attributes
    ----------
    condition : tensor, shape (n, 1), or None
        The second input of the network, if it has one.
    """

    def __init__(self, config: CodeConfig, *, bias: bool, film_units: int) -> None:
        self.config = config
        self.lenet = config.block == "lenet"
        self.bias = bias
        self.condition: Tensor | None = None
        if film_units:
            self.condition = keras.Input((1,), name="condition")
            # Deviation from Dosovitskiy and Djolonga: one hidden layer for all blocks of a network, not one each.
            self.condition_features = layers.Dense(film_units, activation="relu")(self.condition)

    def contract(self, x: Tensor, filters: int) -> Tensor:
        """Halve height and width."""
        if not self.lenet:
            return self.activate(self._film(layers.Conv2D(filters, 3, strides=2, padding="same", **self._options())(x)))
        x = self._normalise(layers.Conv2D(filters, 5, padding="same", **self._options(bias=False))(x))
        # Pooling comes before the activation, at a quarter of the cost. The result is the same unless the activation
        # decreases somewhere, as gelu and swish do.
        return self.activate(layers.MaxPooling2D()(self._film(x)))

    def expand(self, x: Tensor, filters: int) -> Tensor:
        """Double height and width."""
        if not self.lenet:
            x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same", **self._options())(x)
            return self.activate(self._film(x))
        x = self._normalise(layers.Conv2DTranspose(filters, 5, padding="same", **self._options(bias=False))(x))
        return layers.UpSampling2D()(self.activate(self._film(x)))

    def to_images(self, x: Tensor, channels: int) -> Tensor:
        """Return the last feature map as images in (0, 1)."""
        size, strides = (5, 1) if self.lenet else (3, 2)
        options = {"padding": "same", "activation": "sigmoid", **self._options()}
        return layers.Conv2DTranspose(channels, size, strides=strides, **options)(x)

    def linear(self, x: Tensor, count: int, name: str | None = None) -> Tensor:
        """Map the channels of each place of a map, or all numbers of a vector, to `count` numbers."""
        if len(x.shape) == 4:
            return layers.Conv2D(count, 1, name=name, **self._options())(x)
        return layers.Dense(count, name=name, **self._options())(x)

    def activate(self, x: Tensor) -> Tensor:
        """Apply the activation of the config."""
        if self.config.activation == "leaky_relu":
            return layers.LeakyReLU(negative_slope=0.01)(x)
        return layers.Activation(self.config.activation)(x)

    def _options(self, *, bias: bool | None = None) -> dict[str, Any]:
        """Return the bias and the initialisation of a new layer."""
        # For `lenet`, torch's default: uniform in +-1/sqrt(fan in).
        torch_default = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
        return {
            "use_bias": self.bias if bias is None else bias,
            "kernel_initializer": torch_default if self.lenet else "glorot_uniform",
        }

    def _normalise(self, x: Tensor) -> Tensor:
        # torch calls this momentum 0.1.
        return layers.BatchNormalization(momentum=0.9, epsilon=1e-4, center=self.bias, scale=self.bias)(x)

    def _film(self, x: Tensor) -> Tensor:
        return x if self.condition is None else FiLM()(x, self.condition_features)


def _as_map(codes: Tensor, height: int, width: int) -> Tensor:
    """Return the numbers of a vector as a small map, upsampled until it covers (height, width), and cropped to it.

    Deviation: the authors' code crops one contraction later.
    """
    dimensions = codes.shape[-1]
    side = next(side for side in (4, 2, 1) if side <= min(height, width) and dimensions % side**2 == 0)
    x: Any = layers.Reshape((side, side, dimensions // side**2))(codes)
    while x.shape[1] < height or x.shape[2] < width:
        x = layers.UpSampling2D()(x)
    rows, columns = x.shape[1] - height, x.shape[2] - width
    return layers.Cropping2D(((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)))(x)
