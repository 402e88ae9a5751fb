"""One-class network: the distance of the code to a centre, and weight decay. No decoder, no biases.

Source: Ruff et al. (2018), Deep One-Class Classification, ICML: equation 4 (one-class Deep SVDD), sections 3.3 and 4.
It is the Keras counterpart of `deep_svdd`. The loss of an image x, with c the centre:

    loss = ||mu(x) - c||^2 + lambda / 2 ||W||^2

Adam minimises its mean over batches (`trainer.py`). An autoencoder around the same encoder may be trained first, on
||x - decoder(mu(x))||^2. Scores are distances of mu(x).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bench_keras_vae.balance import Balance
from bench_keras_vae.callbacks import EpochReporter
from bench_keras_vae.losses import squared_norm
from bench_keras_vae.model import CodeModel
from bench_keras_vae.networks import decoder, encoder
from bench_keras_vae.trainer import run_epochs, set_batch_statistics
from bench_toolkit.centre import away_from_zero
from benchmark.preprocessing import Contrast

if TYPE_CHECKING:
    import keras

    from bench_keras_vae.callbacks import ScoreFunction
    from bench_keras_vae.configs import OCNNConfig
    from bench_keras_vae.networks import ImageShape, Tensor
    from benchmark import FitContext, FloatArray, Images, Scores


class OneClassModel(CodeModel):
    """An encoder without biases, and a centre that is placed once, from the mean code of an initial pass."""

    config: OCNNConfig

    def __init__(self, shape: ImageShape, config: OCNNConfig) -> None:
        super().__init__(
            shape,
            config,
            encoder=encoder(shape, config, bias=False),  # (n, h, w, c) -> (n, d)
            decoder=None,
            balance=Balance("fixed", ("centre_distance",)),
        )
        self.contrast = Contrast(0.0, 1.0)

    def prepare(self, images: Images) -> Images:
        """Return images after the contrast normalisation that `contrast` names."""
        return images if self.config.contrast == "none" else self.contrast.applied(images)

    def loss_terms(self, images: Tensor, heads: Mapping[str, Tensor], condition: Tensor | None) -> dict[str, Tensor]:
        """Return the squared distance to the centre (equation 4): (n,)."""
        return {"centre_distance": squared_norm(heads["mean"] - self.centre)}

    def term_weights(self, condition: Tensor | None) -> dict[str, float]:
        """Return 1 for the only term."""
        return {"centre_distance": 1.0}

    def place_centre(self, barycentre: FloatArray, *, first: bool) -> None:
        """Place it once, before the training, with no coordinate near zero."""
        if first:
            self.centre.assign(away_from_zero(barycentre))

    def scores(self, images: Images) -> dict[str, Scores]:
        """Return the distances of the mean code: rule -> (n,)."""
        rules = self.distances(self.encode(images)["mean"])
        del rules["latent_norm"]  # no rule here: without a decoder the loss does not keep codes near zero
        return rules

    def extra_state(self) -> dict[str, FloatArray]:
        """Return the range of the contrast normalisation."""
        return {"contrast": np.array([self.contrast.lowest, self.contrast.highest])}

    def restore_extra_state(self, state: Mapping[str, FloatArray]) -> None:
        """Restore the range of the contrast normalisation."""
        lowest, highest = state["contrast"]
        self.contrast = Contrast(float(lowest), float(highest))


class PretrainingModel(CodeModel):
    """An autoencoder around the encoder of a one-class network."""

    def __init__(self, shape: ImageShape, config: OCNNConfig, network: keras.Model) -> None:
        super().__init__(
            shape,
            config,
            encoder=network,
            decoder=decoder(shape, config, bias=False),  # (n, d) -> (n, h, w, c)
            balance=Balance("fixed", ("reconstruction",)),
        )

    def loss_terms(self, images: Tensor, heads: Mapping[str, Tensor], condition: Tensor | None) -> dict[str, Tensor]:
        """Return the squared error: (n,)."""
        return {"reconstruction": squared_norm(images - self.decoder(heads["mean"], training=True))}

    def term_weights(self, condition: Tensor | None) -> dict[str, float]:
        """Return 1 for the only term."""
        return {"reconstruction": 1.0}

    def scores(self, images: Images) -> dict[str, Scores]:
        """Return no rule: the one-class network scores."""
        return {}


def train(model: OneClassModel, images: Images, context: FitContext, score: ScoreFunction) -> None:
    """Train the encoder in an autoencoder for `pretrain_epochs` epochs, and then as a one-class network."""
    config = model.config
    model.contrast = Contrast.of(images)
    images = model.prepare(images)
    before, of = config.pretrain_epochs, config.pretrain_epochs + config.epochs
    if before:
        pretraining = dataclasses.replace(
            config,
            epochs=before,
            weight_decay=config.pretrain_weight_decay,
            drop_epoch=config.pretrain_drop_epoch,
        )
        autoencoder = PretrainingModel(model.shape, pretraining, model.encoder)
        report = EpochReporter(context, autoencoder.balance.terms, of=of, score=None, prefix="pretrain.")
        run_epochs(autoencoder, images, pretraining, report)
    if not of:
        set_batch_statistics(model, images)
    report = EpochReporter(context, model.balance.terms, of=of, score=score, before=before)
    run_epochs(model, images, config, report)
