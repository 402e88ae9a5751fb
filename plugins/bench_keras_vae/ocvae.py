"""One-class VAE: reconstruction plus the distance of the code to a centre.

Sources: the distance to a centre, Ruff et al. (2018), Deep One-Class Classification, ICML, eq. 4;
the reparameterised code and its KL divergence, Kingma and Welling (2014), Auto-Encoding
Variational Bayes, ICLR, section 2.4 and appendix B.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from bench_keras_vae.callbacks import Barycentre, TellHarness
from bench_keras_vae.networks import decoder, encoder
from benchmark import Detector, FitContext, NotFitted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench_keras_vae import OneClassVAEConfig
    from benchmark import FloatArray, Images, Scores

__all__ = ["OneClassVAE", "OneClassVAEModel"]

SCORE_BATCH = 512
MAX_LOG_VARIANCE = 10.0


class OneClassVAEModel(keras.Model):
    """Encoder, noise, decoder, and a centre that is not trained by gradient.

    Parameters
    ----------
    shape : tuple of int
        (h, w, c) of the images.
    """

    def __init__(self, shape: tuple[int, int, int], config: OneClassVAEConfig) -> None:
        super().__init__()
        self.weight = config.weight
        self.learned = config.posterior == "learned"
        heads = {"mean": config.latent_dim} | ({"log_variance": config.latent_dim} if self.learned else {})
        self.encoder = encoder(shape, filters=config.filters, outputs=heads)
        self.decoder = decoder(shape, filters=config.filters, latent_dim=config.latent_dim)
        self.centre = self.add_weight(shape=(config.latent_dim,), initializer="zeros", trainable=False, name="centre")
        # Compiled once, for batches of any length: `predict` sets up a data pipeline at every call.
        anything = [tf.TensorSpec((None, *shape))]
        self.encode = tf.function(lambda images: self.encoder(images)["mean"], input_signature=anything)
        self.rebuild = tf.function(self.decoder, input_signature=[tf.TensorSpec((None, config.latent_dim))])
        parts = ["loss", "reconstruction", "centre_distance", *["spread"] * self.learned]
        self.means = [keras.metrics.Mean(name=name) for name in parts]
        self.noise = keras.random.SeedGenerator()  # seeded by Keras's global seed, which the harness sets

    def call(self, images: Any) -> Any:
        """Rebuild images from their mean codes: (n, h, w, c) -> (n, h, w, c)."""
        return self.decoder(self.encoder(images)["mean"])

    def losses_of(self, images: Any) -> dict[str, Any]:
        """Return the mean over a batch of each part of the loss and of the whole."""
        heads = self.encoder(images, training=True)
        mean = heads["mean"]  # (n, latent_dim)
        noise = keras.random.normal(ops.shape(mean), seed=self.noise)
        distance = squared_norm(mean - self.centre)  # (n,): twice the KL divergence of N(mean, I) from N(centre, I)
        if self.learned:
            # Bounded, so that one wild step cannot overflow the exponential.
            log_variance = ops.clip(heads["log_variance"], -MAX_LOG_VARIANCE, MAX_LOG_VARIANCE)
            noise = noise * ops.exp(log_variance / 2)
            # The rest of twice the KL divergence (Kingma and Welling, appendix B): zero at variance 1, else positive.
            spread = ops.sum(ops.exp(log_variance) - 1 - log_variance, axis=-1)
        else:
            spread = ops.zeros_like(distance)
        reconstruction = squared_norm(images - self.decoder(mean + noise, training=True))  # (n,)
        loss = (1 - self.weight) * reconstruction + self.weight * (distance + spread)
        parts = {"loss": loss, "reconstruction": reconstruction, "centre_distance": distance}
        if self.learned:
            parts["spread"] = spread
        return {name: ops.mean(value) for name, value in parts.items()}

    def train_step(self, images: Any) -> dict[str, Any]:
        """Take one step of the optimiser; Keras's own entry point."""
        with tf.GradientTape() as tape:
            losses = self.losses_of(images)
        gradients = tape.gradient(losses["loss"], self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        for mean in self.means:
            mean.update_state(losses[mean.name], sample_weight=ops.shape(images)[0])
        return {mean.name: mean.result() for mean in self.means}

    @property
    def metrics(self) -> list[Any]:
        """Return the means over the epoch, which Keras resets at its beginning."""
        return self.means

    def codes(self, images: Images) -> FloatArray:
        """Return the mean codes, float64, shape (n, latent_dim)."""
        return np.concatenate([self.encode(batch) for batch in batches(images)]).astype(np.float64)


class OneClassVAE(Detector):
    """A VAE whose codes are drawn to one centre, which follows their barycentre from epoch to epoch."""

    def __init__(self, config: OneClassVAEConfig) -> None:
        self.config = config
        self._model: OneClassVAEModel | None = None

    def fit(self, images: Images, context: FitContext) -> None:
        """Train on normal images."""
        self._model = OneClassVAEModel(images.shape[1:], self.config)
        self._model.compile(optimizer=keras.optimizers.Adam(self.config.learning_rate), jit_compile=False)
        self._model.fit(
            images,
            batch_size=self.config.batch_size,
            epochs=self.config.epochs,
            callbacks=[Barycentre(images), TellHarness(context, self.score)],
            verbose=0,
        )

    def score(self, images: Images) -> dict[str, Scores]:
        """Score with the mean code: no noise, so two calls agree."""
        if self._model is None:
            raise NotFitted("'ocvae' must be fitted before it can score")
        parts = [self._errors_and_distances(self._model, batch) for batch in batches(images)]
        error, distance = np.concatenate(parts, axis=1)  # (n,), (n,)
        weight = self.config.weight
        return {
            "combined": (1 - weight) * error + weight * distance,
            "reconstruction": error,
            "centre_distance": distance,
        }

    @staticmethod
    def _errors_and_distances(model: OneClassVAEModel, images: Images) -> FloatArray:
        """Return both parts of the score, float64, shape (2, n)."""
        codes = model.encode(images)  # (n, latent_dim)
        unexplained = images - np.asarray(model.rebuild(codes), np.float64)  # (n, h, w, c)
        offset = np.asarray(codes, np.float64) - np.asarray(model.centre)  # (n, latent_dim)
        return np.stack([np.square(unexplained).sum(axis=(1, 2, 3)), np.square(offset).sum(axis=1)])

    def facts(self) -> dict[str, float | str]:
        """Return the number of trained parameters."""
        if self._model is None:
            return {}
        return {"parameters": float(sum(np.prod(v.shape) for v in self._model.trainable_variables))}


def batches(images: Images) -> Iterator[Images]:
    """Yield the images in order, in batches for scoring."""
    for start in range(0, len(images), SCORE_BATCH):
        yield images[start : start + SCORE_BATCH]


def squared_norm(tensor: Any) -> Any:
    """Return the sum of squares over all axes but the first: (n, ...) -> (n,)."""
    return ops.sum(ops.square(tensor), axis=tuple(range(1, len(tensor.shape))))
