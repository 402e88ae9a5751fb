"""Trains a model: one step of the optimiser, and the loop of steps and epochs around it, which is Keras's `fit`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
from keras import ops

from bench_keras_vae.callbacks import CodeMonitor, EpochReporter
from bench_keras_vae.networks import with_condition
from bench_keras_vae.schedules import learning_rate

if TYPE_CHECKING:
    from bench_keras_vae.callbacks import ScoreFunction
    from bench_keras_vae.configs import CodeConfig
    from bench_keras_vae.model import CodeModel
    from bench_keras_vae.networks import Tensor
    from benchmark import FitContext, Images

TINY = 1e-8


def train(model: CodeModel, images: Images, context: FitContext, score: ScoreFunction) -> None:
    """Train a model on normal images as its parameters say, and report each epoch.

    Parameters
    ----------
    model : CodeModel
        Not trained yet.
    images : ndarray of float32, shape (n, h, w, c)
        Prepared.
    context : FitContext
        Takes the reports.
    score : callable
        Images -> rule -> scores, with the model as it is at the time of a call.
    """
    if not model.config.epochs:
        set_batch_statistics(model, images)
    report = EpochReporter(context, model.balance.terms, of=model.config.epochs, score=score)
    run_epochs(model, images, model.config, report)


def run_epochs(model: CodeModel, images: Images, config: CodeConfig, report: EpochReporter) -> None:
    """Train a model on prepared images for `config.epochs` epochs, or until its loss stops falling.

    With 0 epochs the centre is placed and the statistics of the codes are set, and nothing is trained or checked.
    """
    if not config.epochs:
        CodeMonitor(model, images).on_train_begin()
        return
    steps = math.ceil(len(images) / config.batch_size)
    # The monitor comes first: the scores that the harness then asks for use the centre of the same epoch.
    callbacks: list[Any] = [CodeMonitor(model, images), report]
    if config.patience:
        # Only the training loss may stop a training. To stop by scores of anomalies would be to learn from them.
        callbacks.append(keras.callbacks.EarlyStopping("loss", mode="min", patience=config.patience))
    trainer = Trainer(model, weight_decay=config.weight_decay)
    # torch's epsilon, which the recipe of `ocnn` was published with.
    trainer.compile(optimizer=keras.optimizers.Adam(learning_rate(config, steps), epsilon=1e-8), jit_compile=False)
    trainer.fit(images, batch_size=config.batch_size, epochs=config.epochs, callbacks=callbacks, verbose=0)


def set_batch_statistics(model: CodeModel, images: Images) -> None:
    """Set the statistics of the batch norms of a model that is not trained, in one pass over prepared images.

    They become the means of the batch statistics. No parameter changes.
    """
    norms = [
        layer
        for network in model.networks
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    size = model.config.batch_size
    for number, start in enumerate(range(0, len(images), size)):
        batch = images[start : start + size]
        for norm in norms:
            norm.momentum = number / (number + 1)  # a mean over the batches so far
        condition = model.draw_condition(len(batch))
        codes = model.encoder(with_condition(batch, condition), training=True)["mean"]
        if model.decoder is not None:
            model.decoder(with_condition(codes, condition), training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


class Trainer(keras.Model):
    """Takes steps of the optimiser on the loss of a `CodeModel`, and reports means over an epoch.

    Reported are each term of the loss, the weighted sum (`loss`), and for each term `gradient_norm.TERM`: the norm of
    the gradient of the weighted and balanced term with respect to the kernels of the encoder's last layer.

    Parameters
    ----------
    model : CodeModel
        What is trained.
    weight_decay : float
        The lambda of lambda/2 ||W||^2, which is added to the loss for all kernels W.
    """

    def __init__(self, model: CodeModel, *, weight_decay: float) -> None:
        super().__init__()
        self.code_model, self.weight_decay = model, weight_decay
        self.loss_means = {name: keras.metrics.Mean(name=name) for name in ("loss", *model.balance.terms)}
        self.norm_means = {name: keras.metrics.Mean(name=f"gradient_norm.{name}") for name in model.balance.terms}

    def train_step(self, images: Tensor) -> dict[str, Tensor]:
        """Take one step on a batch, (n, h, w, c); Keras calls this. Return the means over the epoch so far."""
        model = self.code_model
        count = ops.shape(images)[0]
        condition = model.draw_condition(count)
        with tf.GradientTape(persistent=True) as tape:
            heads = model.encoder(with_condition(model.corrupt(images), condition), training=True)
            terms = model.loss_terms(images, heads, condition)  # term -> (n,)
            weights = model.term_weights(condition)  # term -> a number or (n,)
            weighted = {name: ops.mean(weights[name] * term) for name, term in terms.items()}

        # Each term by itself through the decoder, down to the codes. `at_codes` and `at_decoder`: term -> gradients.
        codes, last_kernels = list(heads.values()), [model.encoder.get_layer(name).kernel for name in heads]
        decoder_variables = [] if model.decoder is None else model.decoder.trainable_variables
        at_codes, at_decoder = {}, {}
        for name, value in weighted.items():
            gradients = _gradients(tape, value, codes + decoder_variables)
            at_codes[name], at_decoder[name] = gradients[: len(codes)], gradients[len(codes) :]
        norms = {name: _norm(tape.gradient(codes, last_kernels, at_codes[name])) for name in weighted}

        # The balance acts on the terms as they are before they are weighted.
        means = {name: ops.mean(term) for name, term in terms.items()}
        unweighted = {name: norm / ops.maximum(ops.mean(weights[name]), TINY) for name, norm in norms.items()}
        factors = model.balance.update(means, unweighted)

        # The balanced sum of the terms once through the encoder.
        encoder_gradients = tape.gradient(codes, model.encoder.trainable_variables, _weighted_sum(factors, at_codes))
        gradients = encoder_gradients + _weighted_sum(factors, at_decoder)
        self.optimizer.apply_gradients(zip(self._decayed(gradients), model.trained_variables, strict=True))

        # The reported loss leaves the factors out: they change from step to step, and would hide how the terms fall.
        losses = {**means, "loss": sum(weighted.values())}
        for name, mean in self.loss_means.items():
            mean.update_state(losses[name], sample_weight=count)
        for name, mean in self.norm_means.items():
            mean.update_state(factors[name] * norms[name], sample_weight=count)
        return {mean.name: mean.result() for mean in self.metrics}

    @property
    def metrics(self) -> list[Any]:
        """The means over an epoch, which Keras resets before each."""
        return [*self.loss_means.values(), *self.norm_means.values()]

    def _decayed(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Return gradients with weight decay: lambda * W is added at each kernel, nothing at a bias or a scale."""
        if not self.weight_decay:
            return list(gradients)
        return [
            gradient + self.weight_decay * variable if len(variable.shape) > 1 else gradient
            for gradient, variable in zip(gradients, self.code_model.trained_variables, strict=True)
        ]


def _gradients(tape: tf.GradientTape, value: Tensor, at: list[Any]) -> list[Tensor]:
    """Return the gradients of a number at tensors and variables; zeros where it does not depend on them."""
    return [
        ops.zeros_like(place) if gradient is None else gradient
        for place, gradient in zip(at, tape.gradient(value, at), strict=True)
    ]


def _weighted_sum(factors: dict[str, Tensor], gradients: dict[str, list[Tensor]]) -> list[Tensor]:
    """Return for each place the sum over terms of factor * gradient."""
    by_place = zip(*gradients.values(), strict=True)
    return [
        sum(factors[name] * gradient for name, gradient in zip(gradients, place, strict=True)) for place in by_place
    ]


def _norm(gradients: Sequence[Tensor]) -> Tensor:
    """Return the root of the sum of squares of all numbers in tensors of any shape."""
    return ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
