"""Deep convolutional autoencoder: the squared error of the reconstruction.

Source: Ruff et al. (2018), Deep One-Class Classification, ICML, section 4.1 (DCAE); layers after the authors' PyTorch
code.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench_deep_svdd.detector import LeNetDetector, forward, squared_errors
from bench_deep_svdd.networks import autoencoder, encoder
from bench_deep_svdd.training import TrainingSchedule, in_batches, set_statistics, train_epochs

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark import FitContext, FloatArray, Images, Scores


class ConvolutionalAutoencoder(LeNetDetector):
    """The autoencoder that Deep SVDD is pretrained in, as a detector."""

    name = "dcae"

    def build(self) -> nn.Sequential:
        """Return the encoder and the decoder, one after the other."""
        return autoencoder(encoder(self.layout), self.layout, self.config.decoder_init)

    def train(self, images: Tensor, context: FitContext) -> None:
        """Train on the squared error, summed over pixels."""
        config = self.config
        if not config.epochs:
            set_statistics(self.network, images, config.batch_size)
        schedule = TrainingSchedule(config.epochs, config.drop_epoch, config.weight_decay)
        for epoch in train_epochs(self.network, images, partial(squared_errors, self.network), config, schedule):
            losses, measures = {"loss": epoch.loss}, {"learning_rate": epoch.learning_rate}
            context.epoch(epoch.number, of=config.epochs, losses=losses, measures=measures, score=self.score)

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by the squared error, summed over pixels."""
        return {"reconstruction": in_batches(partial(squared_errors, self.network), self.prepare(images))}

    def embed(self, images: Images) -> FloatArray:
        """Return codes, float64, shape (n, code_dim)."""
        encoder = self.network[0]
        return in_batches(partial(forward, encoder), self.prepare(images))

    def reconstruct(self, images: Images) -> Images:
        """Return the reconstructions of images after contrast normalisation: float32, (n, h, w, c)."""
        rebuilt = in_batches(partial(forward, self.network), self.prepare(images))
        return np.ascontiguousarray(rebuilt.transpose(0, 2, 3, 1)).astype(np.float32)

    def heatmap(self, images: Images) -> FloatArray:
        """Return the squared error of each pixel, channels summed: float64, (n, h, w)."""
        prepared = self.prepare(images)
        rebuilt = in_batches(partial(forward, self.network), prepared).transpose(0, 2, 3, 1)
        errors: FloatArray = np.square(prepared.cpu().double().numpy() - rebuilt).sum(axis=-1)
        return errors
