"""What the models of this plugin share: an encoder, perhaps a decoder, a centre, and a loss of weighed terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from bench_keras_vae.balance import Balance
from bench_keras_vae.callbacks import EpochReporter
from bench_keras_vae.distances import CodeStatistics, distances
from bench_keras_vae.training import train

if TYPE_CHECKING:
    from bench_keras_vae.callbacks import ScoreFunction
    from bench_keras_vae.configs import CodeConfig
    from benchmark import FitContext, FloatArray, Images, Scores

SCORE_BATCH = 512
TINY = 1e-8


class CodeModel(keras.Model):
    """Images to codes, trained on the mean of `terms` times `term_weights` over a batch.

    A subclass gives `terms`, `term_weights` and `scores`.

    Parameters
    ----------
    encoder : keras.Model
        Images, and a condition if it has a second input -> {"mean": codes, ...}.
    decoder : keras.Model or None
        Codes, and the condition -> images.
    terms : sequence of str
        Names of what the loss is made of.
    """

    def __init__(
        self, config: CodeConfig, encoder: keras.Model, decoder: keras.Model | None, *, terms: Sequence[str]
    ) -> None:
        super().__init__()
        self.settings: Any = config
        self.encoder: Any = encoder
        self.decoder: Any = decoder
        self.centre = self.add_weight(shape=(config.latent_dim,), initializer="zeros", trainable=False, name="centre")
        self.balance = Balance(getattr(config, "balance", "fixed"), terms)
        self.statistics = CodeStatistics(np.zeros(config.latent_dim), np.eye(config.latent_dim))
        self.noise = keras.random.SeedGenerator()  # seeded by the global generators, which the harness seeds
        self.loss_means = {name: keras.metrics.Mean(name=name) for name in dict.fromkeys(["loss", *terms])}
        self.pull_means = {name: keras.metrics.Mean(name=f"gradient_norm.{name}") for name in terms}
        # Compiled once, for batches of any length: `predict` sets up a data pipeline at every call.
        self.encode = _compiled(encoder)
        self.rebuild: Any = _compiled(decoder) if decoder is not None else None

    deviation = 0.0
    """Of the noise that the codes have in training."""
    follows = False
    """Whether the loss has a centre that follows the codes from epoch to epoch."""

    # What a subclass says.

    def terms(self, images: Any, heads: Mapping[str, Any], condition: Sequence[Any]) -> dict[str, Any]:
        """Return the terms of each image's loss, shape (n,) each.

        Parameters
        ----------
        images : tensor, shape (n, h, w, c)
            What is to come out, not what went in.
        heads : mapping of str to tensor
            What the encoder made of what went in.
        condition : sequence of tensor
            What was drawn for these images: nothing, or one tensor of shape (n, 1).
        """
        raise NotImplementedError

    def term_weights(self, condition: Sequence[Any]) -> dict[str, Any]:
        """Return what each term weighs: a number, or one for each image, shape (n,)."""
        raise NotImplementedError

    def scores(self, images: Images) -> dict[str, Scores]:
        """Return rule -> scores of a batch."""
        raise NotImplementedError

    def prepare(self, images: Images) -> Images:
        """Return images as the networks want them."""
        return images

    def corrupt(self, images: Any) -> Any:
        """Return what goes in while training."""
        return images

    def draw(self, count: Any) -> tuple[Any, ...]:
        """Return the condition of a training step."""
        return ()

    def condition(self, count: int) -> tuple[Images, ...]:
        """Return the condition under which images are embedded and rebuilt."""
        return ()

    def survey_condition(self, count: int) -> tuple[Images, ...]:
        """Return the condition under which the training images are looked at between epochs."""
        return self.condition(count)

    def place_centre(self, barycentre: FloatArray, *, first: bool) -> None:
        """Place the centre, given the mean of the training codes; `first` before any training."""

    def fact_values(self) -> dict[str, float | str]:
        """Return what is worth knowing besides the number of parameters."""
        return {}

    # What they share.

    def learn(self, images: Images, context: FitContext, score: ScoreFunction) -> None:
        """Train on normal images."""
        train(self, images, self.settings, EpochReporter(context, of=self.settings.epochs, score=score))

    def train_step(self, images: Any) -> dict[str, Any]:
        """Take one step of the optimiser; Keras's own entry point."""
        count = ops.shape(images)[0]
        condition = self.draw(count)
        with tf.GradientTape(persistent=True) as tape:
            heads = self.encoder(_joined(self.corrupt(images), condition), training=True)
            terms = self.terms(images, heads, condition)  # (n,) each
            weights = self.term_weights(condition)
            weighed = {name: ops.mean(weights[name] * term) for name, term in terms.items()}
        codes, code_kernels = list(heads.values()), [self.encoder.get_layer(name).kernel for name in heads]
        encoder_variables = self.encoder.trainable_variables
        decoder_variables = [] if self.decoder is None else self.decoder.trainable_variables
        # Term by term down to the codes; from there on, through the encoder, all at once.
        by_term = {name: _gradient(tape, value, codes, decoder_variables) for name, value in weighed.items()}
        norms = {name: _norm(tape.gradient(codes, code_kernels, at_codes)) for name, (at_codes, _) in by_term.items()}
        unweighed = {name: norm / ops.maximum(ops.mean(weights[name]), TINY) for name, norm in norms.items()}
        factors = self.balance.update({name: ops.mean(term) for name, term in terms.items()}, unweighed)
        at_codes = _summed([(factors[name], parts) for name, (parts, _) in by_term.items()])
        at_decoder = _summed([(factors[name], parts) for name, (_, parts) in by_term.items()])
        gradients = tape.gradient(codes, encoder_variables, at_codes) + at_decoder
        if self.settings.weight_decay:
            # Of kernels: a bias is no weight to decay.
            decay = [self.settings.weight_decay * (len(v.shape) > 1) for v in self.trained]
            gradients = [g + share * v for g, share, v in zip(gradients, decay, self.trained, strict=True)]
        self.optimizer.apply_gradients(zip(gradients, self.trained, strict=True))

        losses = {name: ops.mean(term) for name, term in terms.items()}
        # Without the factors: they move from step to step, and a loss that is watched must not for their sake.
        losses["loss"] = sum(weighed.values())
        for name, mean in self.loss_means.items():
            mean.update_state(losses[name], sample_weight=count)
        for name, mean in self.pull_means.items():
            mean.update_state(factors[name] * norms[name], sample_weight=count)
        return {mean.name: mean.result() for mean in self.metrics}

    @property
    def metrics(self) -> list[Any]:
        """Return the means over the epoch, which Keras resets at its beginning."""
        return [*self.loss_means.values(), *self.pull_means.values()]

    @property
    def trained(self) -> list[Any]:
        """Return the variables that training moves: the encoder's, then the decoder's."""
        networks = [network for network in (self.encoder, self.decoder) if network is not None]
        return [variable for network in networks for variable in network.trainable_variables]

    def codes(self, images: Images, *condition: Images) -> FloatArray:
        """Return mean codes, float64, shape (n, superpixels, latent_dim); a vector is one superpixel."""
        heads = [
            self.encode(*parts)["mean"] for parts in zip(*(batches(part) for part in (images, *condition)), strict=True)
        ]
        return np.concatenate([self.as_codes(head) for head in heads])

    def as_codes(self, head: Any) -> FloatArray:
        """Return a head's output as float64, shape (n, superpixels, latent_dim)."""
        return np.asarray(head, np.float64).reshape(len(head), -1, self.settings.latent_dim)

    def distances(self, codes: FloatArray) -> dict[str, Scores]:
        """Return the rules that look at codes alone."""
        spatial = self.settings.latent == "spatial"
        return distances(codes, np.asarray(self.centre, np.float64), self.statistics, spatial=spatial)

    def combined(self, terms: Mapping[str, Scores], *condition: Any) -> Scores:
        """Return the loss of each image, weighed and balanced as at the end of the training."""
        weights, factors = self.term_weights(condition), self.balance.factors()
        parts = [float(factors[name]) * np.asarray(weights[name], np.float64) * terms[name] for name in terms]
        total: Scores = np.sum(parts, axis=0)
        return total

    def state(self) -> dict[str, FloatArray]:
        """Return what scoring needs besides the two networks."""
        balance = {f"balance.{v.name}": np.asarray(v) for v in self.balance.variables}
        statistics = {"mean": self.statistics.mean, "whitening": self.statistics.whitening}
        return {"centre": np.asarray(self.centre), **balance, **statistics}

    def restore(self, state: Mapping[str, FloatArray]) -> None:
        """Take back what `state` gave."""
        self.centre.assign(state["centre"])
        for variable in self.balance.variables:
            variable.assign(state[f"balance.{variable.name}"])
        self.statistics = CodeStatistics(state["mean"], state["whitening"])


def batches(images: Images) -> Iterator[Images]:
    """Yield the images in order, in batches for scoring."""
    for start in range(0, len(images), SCORE_BATCH):
        yield images[start : start + SCORE_BATCH]


def squared_norm(tensor: Any) -> Any:
    """Return the sum of squares over all axes but the first: (n, ...) -> (n,)."""
    return ops.sum(ops.square(tensor), axis=tuple(range(1, len(tensor.shape))))


def _compiled(network: keras.Model) -> Any:
    signature = [tf.TensorSpec((None, *given.shape[1:])) for given in network.inputs]
    return tf.function(lambda *given: network(_joined(given[0], given[1:]), training=False), input_signature=signature)


def _joined(first: Any, condition: Sequence[Any]) -> Any:
    return [first, *condition] if condition else first


def _gradient(tape: tf.GradientTape, value: Any, codes: list[Any], variables: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return the gradients at the codes and at the decoder's variables; zeros where there is none."""
    found = tape.gradient(value, codes + variables)
    zeros = [
        ops.zeros_like(at) if gradient is None else gradient
        for at, gradient in zip(codes + variables, found, strict=True)
    ]
    return zeros[: len(codes)], zeros[len(codes) :]


def _summed(parts: Sequence[tuple[Any, list[Any]]]) -> list[Any]:
    """Return the sums of gradients, each list times its factor."""
    return [
        sum(factor * gradient for (factor, _), gradient in zip(parts, column, strict=True))
        for column in zip(*(gradients for _, gradients in parts), strict=True)
    ]


def _norm(gradients: Sequence[Any]) -> Any:
    return ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
