"""Deep convolutional autoencoder: the squared error of the reconstruction.

Source: Ruff et al. (2018), Deep One-Class Classification, ICML, section 4.1 (DCAE);
layers after the authors' PyTorch code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_deep_svdd.detector import LeNetDetector
from bench_deep_svdd.networks import Autoencoder
from bench_deep_svdd.training import Course, epochs_of, in_batches

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark import FitContext, FloatArray, Images, Scores


class ConvolutionalAutoencoder(LeNetDetector):
    """The network that Deep SVDD is pretrained in, as a detector."""

    name = "dcae"

    def build(self) -> Autoencoder:
        """Return encoder and decoder."""
        return Autoencoder(self.layout)

    def train(self, images: Tensor, context: FitContext) -> None:
        """Train on the squared error, summed over pixels."""
        course = Course(self.config.epochs, self.config.drop_epoch, self.config.weight_decay)
        for epoch, losses, measures in epochs_of(self.network, images, self.network.errors, self.config, course):
            context.epoch(epoch, of=self.config.epochs, losses=losses, measures=measures, score=self.score)

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by the squared error, summed over pixels."""
        return {"reconstruction": in_batches(self.ready(images), self.network.errors)}

    def embed(self, images: Images) -> FloatArray:
        """Return codes, float64, shape (n, code_dim)."""
        codes: FloatArray = in_batches(self.ready(images), self.network.encoder)
        return codes

    def reconstruct(self, images: Images) -> Images:
        """Return what becomes of the images as the network takes them, after contrast normalisation: (n, h, w, c)."""
        rebuilt = in_batches(self.ready(images), self.network)
        return np.ascontiguousarray(rebuilt.transpose(0, 2, 3, 1)).astype(np.float32)

    def heatmap(self, images: Images) -> FloatArray:
        """Return the squared error of each pixel, channels summed: (n, h, w)."""
        ready = self.ready(images)
        wanted = ready.cpu().double().numpy()
        rebuilt = in_batches(ready, self.network).transpose(0, 2, 3, 1)
        errors: FloatArray = np.square(wanted - rebuilt).sum(axis=-1)
        return errors
