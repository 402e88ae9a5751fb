"""One-class VAE: reconstruction plus the distance of the code to a centre.

Sources: the distance to a centre, Ruff et al. (2018), Deep One-Class Classification, ICML, equation 4; the noise of the
code and its divergence, Kingma and Welling (2014), Auto-Encoding Variational Bayes, ICLR, section 2.4 and appendix B.
The loss of an image x, with w the parameter `weight` and c the centre:

    z = mu(x) + eps,  eps ~ N(0, I)
    loss = (1 - w) ||x - decoder(z)||^2 + w ||mu(x) - c||^2

Half of the distance is KL(N(mu, I) || N(c, I)). With `posterior` = learned the noise has a learnt variance, and
twice the divergence replaces the distance:

    z = mu(x) + sigma(x) * eps
    loss = (1 - w) ||x - decoder(z)||^2 + 2 w KL(N(mu(x), sigma(x)^2) || N(c, I))

Adam minimises the mean over batches (`trainer.py`). Scores are the same terms with mu in the place of z.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from keras import ops

from bench_keras_vae.balance import Balance
from bench_keras_vae.corruption import Corruption
from bench_keras_vae.losses import clip_log_variance, kl_divergence, squared_error, squared_norm
from bench_keras_vae.model import CodeModel
from bench_keras_vae.networks import decoder, encoder

if TYPE_CHECKING:
    from bench_keras_vae.configs import OneClassVAEConfig
    from bench_keras_vae.networks import ImageShape, Tensor
    from benchmark import FloatArray, Images, Scores


class OneClassVAEModel(CodeModel):
    """An encoder, a decoder, and a centre that `place_centre` sets."""

    noise_deviation = 1.0

    def __init__(self, shape: ImageShape, config: OneClassVAEConfig) -> None:
        self.weight, self.learned = config.weight, config.posterior == "learned"
        self.centre_moves = config.centre == "epoch"
        self.second_term = "divergence" if self.learned else "centre_distance"
        super().__init__(
            shape,
            config,
            encoder=encoder(shape, config, heads=("mean", "log_variance") if self.learned else ("mean",)),
            decoder=decoder(shape, config),  # (n, d) -> (n, h, w, c)
            balance=Balance(config.balance, ("reconstruction", self.second_term)),
        )
        self.corrupt = Corruption(config)

    def loss_terms(self, images: Tensor, heads: Mapping[str, Tensor], condition: Tensor | None) -> dict[str, Tensor]:
        """Return the squared error at a random code, and the distance to the centre: (n,) each."""
        deviation = ops.exp(clip_log_variance(heads["log_variance"]) / 2) if self.learned else 1.0
        codes = self.add_noise(heads["mean"], deviation)  # (n, d)
        rebuilt = self.decoder(codes, training=True)  # (n, h, w, c)
        return {"reconstruction": squared_norm(images - rebuilt), self.second_term: self.distance_term(heads)}

    def distance_term(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Return the squared distance of mu to the centre, or twice the divergence: (n,)."""
        if self.learned:
            return 2 * kl_divergence(heads["mean"], clip_log_variance(heads["log_variance"]), self.centre)
        return squared_norm(heads["mean"] - self.centre)

    def term_weights(self, condition: Tensor | None) -> dict[str, float]:
        """Return 1 - w and w."""
        return {"reconstruction": 1 - self.weight, self.second_term: self.weight}

    def place_centre(self, barycentre: FloatArray, *, first: bool) -> None:
        """Place it by an initial pass, as Ruff et al. (section 3.3); with `centre` = epoch, move it every epoch."""
        if first or self.centre_moves:
            self.centre.assign(barycentre)

    def scores(self, images: Images) -> dict[str, Scores]:
        """Return the loss and the error at the mean code, and the distances of the mean code: rule -> (n,)."""
        heads = self.encode(images)
        error = squared_error(images, self.decode(heads["mean"]))
        distance = np.asarray(self.distance_term(heads), np.float64)
        combined = self.combined({"reconstruction": error, self.second_term: distance})
        return {"combined": combined, "reconstruction": error, **self.distances(heads["mean"])}
