"""What a model of this plugin is: networks from images to codes and perhaps back, a loss of named terms, and scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from bench_keras_vae.distances import CodeStatistics, distances
from bench_keras_vae.networks import with_condition

if TYPE_CHECKING:
    from bench_keras_vae.balance import Balance
    from bench_keras_vae.configs import CodeConfig
    from bench_keras_vae.networks import ImageShape, Tensor
    from benchmark import FloatArray, Images, Scores

SCORE_BATCH = 512


class CodeModel(ABC):
    """Networks, a centre among the codes, a loss and rules. `trainer.py` minimises the loss.

    A subclass builds its networks and gives `loss_terms`, `term_weights` and `scores`. The loss is the mean over the
    images of a batch of

        sum over terms: factor * weight * term

    with the factors of a `Balance`. In shapes, n is the number of images, (h, w, c) the shape of one and d the
    `latent_dim`. The code of an image is a vector (d,); a spatial code is (h', w', d), one vector a superpixel.

    Parameters
    ----------
    shape : tuple of int
        (h, w, c).
    config : CodeConfig
        Its parameters.
    encoder : keras.Model
        (n, h, w, c) -> {"mean": codes, ...}. Its outputs are the heads. It may have a second input, the condition.
    decoder : keras.Model or None
        Codes -> (n, h, w, c). It has the second input if the encoder has it.
    balance : Balance
        Names the terms of the loss, and keeps their factors.

    Attributes
    ----------
    centre : keras.Variable, shape (d,)
        Not trained by gradient: `place_centre` sets it.
    statistics : CodeStatistics
        Of the codes of the training images, for the Mahalanobis distance.
    corrupt : callable
        (n, h, w, c) -> (n, h, w, c): what the encoder is given of images in training; by default the images.
    """

    noise_deviation = 0.0
    """Standard deviation of the noise that is added to codes in training."""
    centre_moves = False
    """Whether the loss depends on a centre that `place_centre` moves after every epoch."""

    def __init__(
        self,
        shape: ImageShape,
        config: CodeConfig,
        *,
        encoder: keras.Model,
        decoder: keras.Model | None,
        balance: Balance,
    ) -> None:
        self.shape, self.config, self.balance = shape, config, balance
        self.encoder: Any = encoder
        self.decoder: Any = decoder
        self.centre = keras.Variable("zeros", shape=(config.latent_dim,), trainable=False, name="centre")
        self.statistics = CodeStatistics(np.zeros(config.latent_dim), np.eye(config.latent_dim))
        self.noise = keras.random.SeedGenerator()  # seeded by the global generators, which the harness seeds
        self.corrupt: Callable[[Tensor], Tensor] = lambda images: images
        self._encode = _compiled(encoder)
        self._decode: Any = None if decoder is None else _compiled(decoder)

    # What a subclass gives.

    @abstractmethod
    def loss_terms(self, images: Tensor, heads: Mapping[str, Tensor], condition: Tensor | None) -> dict[str, Tensor]:
        """Return the terms of each image's loss in training: name -> (n,).

        Parameters
        ----------
        images : tensor, shape (n, h, w, c)
            The clean images, which a decoder is to give.
        heads : mapping of str to tensor, shape (n, d) or (n, h', w', d)
            What the encoder gave for the corrupted images.
        condition : tensor, shape (n, 1), or None
            What `draw_condition` drew for these images.
        """

    @abstractmethod
    def term_weights(self, condition: Tensor | None) -> dict[str, Any]:
        """Return the weight of each term: name -> a number, or (n,) if a condition (n, 1) sets one for each image."""

    @abstractmethod
    def scores(self, images: Images) -> dict[str, Scores]:
        """Return rule -> scores of one prepared batch: (n, h, w, c) -> float64 (n,), from mean codes without noise."""

    # What a subclass may change.

    def prepare(self, images: Images) -> Images:
        """Return images as the networks take them: (n, h, w, c) -> (n, h, w, c)."""
        return images

    def draw_condition(self, count: Tensor) -> Tensor | None:
        """Return a random condition for a training step on `count` images, (count, 1), or None."""
        return None

    def scoring_condition(self, count: int) -> Images | None:
        """Return the condition at which `count` images are embedded and rebuilt, (count, 1), or None."""
        return None

    def monitor_condition(self, count: int) -> Images | None:
        """Return the condition at which `CodeMonitor` encodes `count` training images, (count, 1), or None."""
        return self.scoring_condition(count)

    def place_centre(self, barycentre: FloatArray, *, first: bool) -> None:
        """Move the centre, given the mean of the training images' codes, (d,); `first` before the training."""
        self.centre.assign(barycentre)

    def facts(self) -> dict[str, float | str]:
        """Return facts about the fitted model, besides the number of parameters."""
        return {}

    def extra_state(self) -> dict[str, FloatArray]:
        """Return what scoring needs besides networks, centre, balance and statistics."""
        return {}

    def restore_extra_state(self, state: Mapping[str, FloatArray]) -> None:  # noqa: B027 - may be left as it is
        """Restore it from what `extra_state` returned."""

    # What all models share.

    @property
    def networks(self) -> list[Any]:
        """The encoder, and the decoder if there is one."""
        return [self.encoder] if self.decoder is None else [self.encoder, self.decoder]

    @property
    def trained_variables(self) -> list[Any]:
        """The variables that training moves: the encoder's, then the decoder's."""
        return [variable for network in self.networks for variable in network.trainable_variables]

    def add_noise(self, mean: Tensor, deviation: Tensor = 1.0) -> Tensor:
        """Return random codes mean + deviation * N(0, I), in the shape of `mean`."""
        return mean + deviation * keras.random.normal(ops.shape(mean), seed=self.noise)

    def encode(self, images: Images, condition: Images | None = None) -> dict[str, Tensor]:
        """Return the heads of a batch as in scoring: {"mean": (n, d) or (n, h', w', d), ...}."""
        heads: dict[str, Tensor] = self._encode(images) if condition is None else self._encode(images, condition)
        return heads

    def decode(self, codes: Tensor, condition: Images | None = None) -> Images:
        """Return the images of a batch of codes as in scoring: float32, (n, h, w, c)."""
        return np.asarray(self._decode(codes) if condition is None else self._decode(codes, condition))

    def reconstruct(self, images: Images) -> Images:
        """Return a batch rebuilt from its mean codes: (n, h, w, c) -> (n, h, w, c)."""
        condition = self.scoring_condition(len(images))
        return self.decode(self.encode(images, condition)["mean"], condition)

    def codes(self, images: Images, condition: Images | None = None) -> FloatArray:
        """Return the mean codes of any number of prepared images: float64, (n, superpixels, d)."""
        if condition is None:
            heads = [self.encode(batch) for batch in batches(images)]
        else:
            heads = [self.encode(*pair) for pair in zip(batches(images), batches(condition), strict=True)]
        return np.concatenate([self.as_codes(head["mean"]) for head in heads])

    def as_codes(self, mean: Tensor) -> FloatArray:
        """Return mean codes as float64, (n, superpixels, d); a vector is one superpixel."""
        return np.asarray(mean, np.float64).reshape(len(mean), -1, self.config.latent_dim)

    def distances(self, mean: Tensor) -> dict[str, Scores]:
        """Return the rules that depend on mean codes alone: rule -> (n,)."""
        centre, spatial = np.asarray(self.centre, np.float64), self.config.latent == "spatial"
        return distances(self.as_codes(mean), centre, self.statistics, spatial=spatial)

    def combined(self, terms: Mapping[str, Scores], condition: Images | None = None) -> Scores:
        """Return the loss of each image, (n,), with the factors of the last training step."""
        weights, factors = self.term_weights(condition), self.balance.factors()
        parts = [float(factors[name]) * np.asarray(weights[name], np.float64) * terms[name] for name in terms]
        total: Scores = np.sum(parts, axis=0)
        return total


def batches(images: Images) -> Iterator[Images]:
    """Yield the images in order, in batches for scoring."""
    for start in range(0, len(images), SCORE_BATCH):
        yield images[start : start + SCORE_BATCH]


def _compiled(network: keras.Model) -> Any:
    """Return a network without dropout or batch statistics as a function, compiled once for batches of any length.

    `keras.Model.predict` would set up an input pipeline at every call.
    """
    signature = [tf.TensorSpec((None, *given.shape[1:])) for given in network.inputs]
    return tf.function(
        lambda first, condition=None: network(with_condition(first, condition), training=False),
        input_signature=signature,
    )
