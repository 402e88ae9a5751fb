"""Variational autoencoder: reconstruction plus the divergence of the code from a standard normal.

Source: Kingma and Welling (2014), Auto-Encoding Variational Bayes, ICLR, equation 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from bench_keras_vae.autoencoder import AutoencoderModel, bounded, error_map, kl_divergence

if TYPE_CHECKING:
    from bench_keras_vae.configs import VAEConfig
    from bench_keras_vae.networks import ImageShape
    from benchmark import FloatArray, Images, Scores


class VAEModel(AutoencoderModel):
    """The loss is the negative evidence lower bound for Gaussian pixels of variance weight / (2 (1 - weight))."""

    def __init__(self, shape: ImageShape, config: VAEConfig) -> None:
        super().__init__(shape, config, heads=("mean", "log_variance"), terms=("reconstruction", "kl"))
        self.weight = config.weight

    def terms(self, images: Any, heads: Mapping[str, Any], condition: Sequence[Any]) -> dict[str, Any]:
        """Return the squared error at a drawn code, and the code's divergence."""
        mean, log_variance = heads["mean"], bounded(heads["log_variance"])
        codes = self.drawn(mean, ops.exp(log_variance / 2))
        return {"reconstruction": self.error(images, codes), "kl": kl_divergence(mean, log_variance)}

    def term_weights(self, condition: Sequence[Any]) -> dict[str, Any]:
        """Return the convex combination."""
        return {"reconstruction": 1 - self.weight, "kl": self.weight}

    def place_centre(self, barycentre: FloatArray, *, first: bool) -> None:
        """Follow the codes: for the rules alone, the loss does not know it."""
        self.centre.assign(barycentre)

    def scores(self, images: Images) -> dict[str, Scores]:
        """Score with the mean code: no noise, so two calls agree."""
        heads = self.encode(images)
        terms = {
            "reconstruction": error_map(images, self.rebuilt(heads["mean"])).sum(axis=(1, 2)),
            "kl": np.asarray(kl_divergence(heads["mean"], bounded(heads["log_variance"])), np.float64),
        }
        return {"elbo": self.combined(terms), **terms, **self.distances(self.as_codes(heads["mean"]))}
