"""One-class network: the distance of the code to a centre, and weight decay. No decoder, no biases.

Source: Ruff et al. (2018), Deep One-Class Classification, ICML: equation 4 (one-class Deep SVDD), sections 3.3 and 4.
The Keras counterpart of `deep_svdd`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bench_keras_vae.callbacks import EpochReporter
from bench_keras_vae.model import CodeModel, squared_norm
from bench_keras_vae.networks import decoder, encoder
from bench_keras_vae.training import train
from bench_toolkit.centre import away_from_zero
from benchmark.preprocessing import Contrast

if TYPE_CHECKING:
    import keras

    from bench_keras_vae.callbacks import ScoreFunction
    from bench_keras_vae.configs import OCNNConfig
    from bench_keras_vae.networks import ImageShape
    from benchmark import FitContext, FloatArray, Images, Scores


class OneClassModel(CodeModel):
    """An encoder without constants, and a centre that stays where an initial pass placed it."""

    def __init__(self, shape: ImageShape, config: OCNNConfig) -> None:
        super().__init__(config, encoder(shape, config, bias=False), None, terms=("centre_distance",))
        self.contrast = Contrast(0.0, 1.0)

    def learn(self, images: Images, context: FitContext, score: ScoreFunction) -> None:
        """Train the encoder in an autoencoder first, if asked, and then on the distance."""
        config = self.settings
        self.contrast = Contrast.of(images)
        images = self.prepare(images)
        before, of = config.pretrain_epochs, config.pretrain_epochs + config.epochs
        if before:
            first = dataclasses.replace(
                config,
                epochs=before,
                weight_decay=config.pretrain_weight_decay,
                drop_epoch=config.pretrain_drop_epoch,
            )
            report = EpochReporter(context, of=of, score=None, prefix="pretrain.")
            train(PretrainingModel(images.shape[1:], first, self.encoder), images, first, report)
        train(self, images, config, EpochReporter(context, before=before, of=of, score=score))

    def terms(self, images: Any, heads: Mapping[str, Any], condition: Sequence[Any]) -> dict[str, Any]:
        """Return the squared distance to the centre (equation 4)."""
        return {"centre_distance": squared_norm(heads["mean"] - self.centre)}

    def term_weights(self, condition: Sequence[Any]) -> dict[str, Any]:
        """Return 1: there is one term."""
        return {"centre_distance": 1.0}

    def place_centre(self, barycentre: FloatArray, *, first: bool) -> None:
        """Place it once, away from zero."""
        if first:
            self.centre.assign(away_from_zero(barycentre))

    def prepare(self, images: Images) -> Images:
        """Return images after contrast normalisation, if that is asked."""
        return images if self.settings.contrast == "none" else self.contrast.applied(images)

    def scores(self, images: Images) -> dict[str, Scores]:
        """Score by distances alone."""
        rules = self.distances(self.as_codes(self.encode(images)["mean"]))
        del rules["latent_norm"]  # without a decoder nothing holds the codes near zero: their length says nothing
        return rules

    def state(self) -> dict[str, FloatArray]:
        """Return what scoring needs besides the encoder."""
        return {**super().state(), "contrast": np.array([self.contrast.lowest, self.contrast.highest])}

    def restore(self, state: Mapping[str, FloatArray]) -> None:
        """Take back what `state` gave."""
        super().restore(state)
        lowest, highest = state["contrast"]
        self.contrast = Contrast(float(lowest), float(highest))


class PretrainingModel(CodeModel):
    """An autoencoder around the encoder that is to be trained on."""

    def __init__(self, shape: ImageShape, config: OCNNConfig, network: keras.Model) -> None:
        super().__init__(config, network, decoder(shape, config, bias=False), terms=("reconstruction",))

    def terms(self, images: Any, heads: Mapping[str, Any], condition: Sequence[Any]) -> dict[str, Any]:
        """Return the squared error."""
        return {"reconstruction": squared_norm(images - self.decoder(heads["mean"], training=True))}

    def term_weights(self, condition: Sequence[Any]) -> dict[str, Any]:
        """Return 1: there is one term."""
        return {"reconstruction": 1.0}
