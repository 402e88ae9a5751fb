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


def encoder(
    shape: ImageShape,
    config: CodeConfig,
    *,
    heads: Sequence[str] = ("mean",),
    bias: bool = True,
    film_units: int = 0,
) -> keras.Model:
    """Return images (n, h, w, c) -> {head: codes}, each head linear.

    Codes are (n, latent_dim), or (n, h', w', latent_dim) if they are spatial. Attention stands where the config says,
    or after the last contraction if all leave more. Images whose sides do not divide by two
    often enough are padded with zeros.

    Parameters
    ----------
    heads : sequence of str
        Names of the codes.
    bias : bool
        Whether any layer adds a constant.
    film_units : int
        If not 0, a second input (n, 1) conditions every contraction, by way of so many hidden units.
    """
    blocks = _Blocks(config, bias=bias, film_units=film_units)
    images = keras.Input(shape, name="images")
    x: Any = layers.ZeroPadding2D(padding(shape, config))(images)
    sides = [max(x.shape[1:3]) >> contractions for contractions in range(1, len(config.filters) + 1)]
    attended = next((i for i, side in enumerate(sides) if side <= config.attention_side), len(sides) - 1)
    for i, count in enumerate(config.filters):
        x = blocks.contract(x, count)
        if i == attended and config.attention != "none":
            x = SelfAttention(config.attention)(x)
    if config.latent == "vector":
        x = layers.Flatten()(x)
    codes = {name: blocks.linear(x, config.latent_dim, name=name) for name in heads}
    return keras.Model([images, *blocks.inputs] if blocks.inputs else images, codes, name="encoder")


def decoder(shape: ImageShape, config: CodeConfig, *, bias: bool = True, film_units: int = 0) -> keras.Model:
    """Return codes -> images (n, h, w, c) in (0, 1): the encoder's mirror, without attention."""
    blocks = _Blocks(config, bias=bias, film_units=film_units)
    height, width, _ = code_shape(shape, config)
    codes = keras.Input(code_shape(shape, config)[2:] if config.latent == "vector" else code_shape(shape, config))
    if config.latent == "spatial":
        x: Any = blocks.activate(blocks.linear(codes, config.filters[-1]))
    elif config.block == "strided":
        x = blocks.activate(blocks.linear(codes, height * width * config.filters[-1]))
        x = layers.Reshape((height, width, config.filters[-1]))(x)
    else:
        x = _unfolded(blocks.activate(codes), height, width)
    for count in reversed(config.filters[:-1] if config.block == "strided" else config.filters):
        x = blocks.expand(x, count)
    x = blocks.to_images(x, shape[2])
    inputs = [codes, *blocks.inputs] if blocks.inputs else codes
    return keras.Model(inputs, layers.Cropping2D(padding(shape, config))(x), name="decoder")


def code_shape(shape: ImageShape, config: CodeConfig) -> tuple[int, int, int]:
    """Return height and width of the last feature map, and the dimensions of a code."""
    (top, bottom), (left, right) = padding(shape, config)
    contractions = len(config.filters)
    return (shape[0] + top + bottom) >> contractions, (shape[1] + left + right) >> contractions, config.latent_dim


def padding(shape: ImageShape, config: CodeConfig) -> Padding:
    """Return the rows (top, bottom) and columns (left, right) that make the sides multiples of 2^contractions."""
    lacking = [-side % 2 ** len(config.filters) for side in shape[:2]]
    return ((lacking[0] // 2, lacking[0] - lacking[0] // 2), (lacking[1] // 2, lacking[1] - lacking[1] // 2))


class _Blocks:
    """What the layers of one network have in common.

    Attributes
    ----------
    inputs : list
        The condition, where there is one.
    """

    def __init__(self, config: CodeConfig, *, bias: bool, film_units: int) -> None:
        self.config = config
        self.lenet = config.block == "lenet"
        self.bias = bias
        self.inputs: list[Any] = []
        if film_units:
            self.inputs = [keras.Input((1,), name="condition")]
            # Deviation from Dosovitskiy and Djolonga: one hidden layer for all blocks of a network, not one each.
            self.condition_features = layers.Dense(film_units, activation="relu")(self.inputs[0])

    def contract(self, x: Any, count: int) -> Any:
        """Halve height and width."""
        if not self.lenet:
            return self.activate(self._condition(layers.Conv2D(count, 3, strides=2, padding="same", **self._new())(x)))
        x = self._normalised(layers.Conv2D(count, 5, padding="same", **self._new(bias=False))(x))
        # Pooled first: the same for an activation that never falls (gelu and swish do), at a quarter of the work.
        return self.activate(layers.MaxPooling2D()(self._condition(x)))

    def expand(self, x: Any, count: int) -> Any:
        """Double height and width."""
        if not self.lenet:
            x = layers.Conv2DTranspose(count, 3, strides=2, padding="same", **self._new())(x)
            return self.activate(self._condition(x))
        x = self._normalised(layers.Conv2DTranspose(count, 5, padding="same", **self._new(bias=False))(x))
        return layers.UpSampling2D()(self.activate(self._condition(x)))

    def to_images(self, x: Any, channels: int) -> Any:
        """Return the last feature map as images in (0, 1)."""
        size, strides = (5, 1) if self.lenet else (3, 2)
        options = {"padding": "same", "activation": "sigmoid", **self._new()}
        return layers.Conv2DTranspose(channels, size, strides=strides, **options)(x)

    def linear(self, x: Any, count: int, name: str | None = None) -> Any:
        """Mix the channels of each place, or all of a vector."""
        if len(x.shape) == 4:
            return layers.Conv2D(count, 1, name=name, **self._new())(x)
        return layers.Dense(count, name=name, **self._new())(x)

    def activate(self, x: Any) -> Any:
        if self.config.activation == "leaky_relu":
            return layers.LeakyReLU(negative_slope=0.01)(x)
        return layers.Activation(self.config.activation)(x)

    def _new(self, *, bias: bool | None = None) -> dict[str, Any]:
        """Return the options of a new layer."""
        # Of `lenet`, what torch draws from unless told otherwise: uniform to 1/sqrt(fan in).
        torch = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
        return {
            "use_bias": self.bias if bias is None else bias,
            "kernel_initializer": torch if self.lenet else "glorot_uniform",
        }

    def _normalised(self, x: Any) -> Any:
        # The momentum that torch calls 0.1.
        return layers.BatchNormalization(momentum=0.9, epsilon=1e-4, center=self.bias, scale=self.bias)(x)

    def _condition(self, x: Any) -> Any:
        return FiLM()(x, self.condition_features) if self.inputs else x


def _unfolded(codes: Any, height: int, width: int) -> Any:
    """Return a vector's numbers as a small map, doubled until it covers (height, width), and cropped to it.

    Deviation: the authors' code crops one contraction later.
    """
    dimensions = codes.shape[-1]
    side = next(side for side in (4, 2, 1) if side <= min(height, width) and dimensions % side**2 == 0)
    x: Any = layers.Reshape((side, side, dimensions // side**2))(codes)
    while x.shape[1] < height or x.shape[2] < width:
        x = layers.UpSampling2D()(x)
    rows, columns = x.shape[1] - height, x.shape[2] - width
    return layers.Cropping2D(((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)))(x)
