"""One-class VAE: reconstruction plus the distance of the code to a centre.

Sources: the distance to a centre, Ruff et al. (2018), Deep One-Class Classification, ICML, eq. 4;
the noise of the code and its KL divergence, Kingma and Welling (2014), Auto-Encoding
Variational Bayes, ICLR, section 2.4 and appendix B.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from bench_keras_vae.autoencoder import AutoencoderModel, bounded, error_map, kl_divergence
from bench_keras_vae.model import squared_norm

if TYPE_CHECKING:
    from bench_keras_vae.configs import OneClassVAEConfig
    from bench_keras_vae.networks import ImageShape
    from benchmark import FloatArray, Images, Scores


class OneClassVAEModel(AutoencoderModel):
    """Encoder, noise, decoder, and a centre that is not trained by gradient."""

    def __init__(self, shape: ImageShape, config: OneClassVAEConfig) -> None:
        learned = config.posterior == "learned"
        super().__init__(
            shape,
            config,
            heads=("mean", "log_variance") if learned else ("mean",),
            terms=("reconstruction", "divergence" if learned else "centre_distance"),
        )
        self.weight, self.learned, self.follows = config.weight, learned, config.centre == "epoch"

    def terms(self, images: Any, heads: Mapping[str, Any], condition: Sequence[Any]) -> dict[str, Any]:
        """Return the squared error at a drawn code, and what draws the code to the centre."""
        deviation = ops.exp(bounded(heads["log_variance"]) / 2) if self.learned else 1.0
        return {"reconstruction": self.error(images, self.drawn(heads["mean"], deviation)), **self._drawing(heads)}

    def term_weights(self, condition: Sequence[Any]) -> dict[str, Any]:
        """Return the convex combination."""
        return {"reconstruction": 1 - self.weight, "divergence" if self.learned else "centre_distance": self.weight}

    def place_centre(self, barycentre: FloatArray, *, first: bool) -> None:
        """Place it by an initial pass, as Ruff et al. (section 3.3), and move it if it is to follow the codes."""
        if first or self.follows:
            self.centre.assign(barycentre)

    def scores(self, images: Images) -> dict[str, Scores]:
        """Score with the mean code: no noise, so two calls agree."""
        heads = self.encode(images)
        error = error_map(images, self.rebuilt(heads["mean"])).sum(axis=(1, 2))
        drawing = {name: np.asarray(term, np.float64) for name, term in self._drawing(heads).items()}
        terms = {"reconstruction": error, **drawing}
        return {
            "combined": self.combined(terms),
            "reconstruction": error,
            **self.distances(self.as_codes(heads["mean"])),
        }

    def _drawing(self, heads: Mapping[str, Any]) -> dict[str, Any]:
        """Return the term beside the reconstruction: a distance, or twice a divergence, from the centre."""
        if self.learned:
            return {"divergence": 2 * kl_divergence(heads["mean"], bounded(heads["log_variance"]), self.centre)}
        return {"centre_distance": squared_norm(heads["mean"] - self.centre)}
