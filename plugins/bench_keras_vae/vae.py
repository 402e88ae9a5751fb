"""Variational autoencoder: reconstruction plus the divergence of the code from a standard normal.

Source: Kingma and Welling (2014), Auto-Encoding Variational Bayes, ICLR: equation 10 with one random code an image, and
appendix B for the divergence. The loss of an image x, with w the parameter `weight`:

    mu, log sigma^2 = encoder(x)
    z = mu + sigma * eps,  eps ~ N(0, I)
    loss = (1 - w) ||x - decoder(z)||^2 + w KL(N(mu, sigma^2) || N(0, I))

Times a constant, this is the negative evidence lower bound for Gaussian pixels of variance w / (2 (1 - w)). Adam
minimises its mean over batches (`trainer.py`). Scores are the same terms with mu in the place of z.
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
    from bench_keras_vae.configs import VAEConfig
    from bench_keras_vae.networks import ImageShape, Tensor
    from benchmark import Images, Scores


class VAEModel(CodeModel):
    """An encoder with two heads, mu and log sigma^2, and a decoder.

    The loss does not depend on the centre: it is the barycentre of the training codes, for the distance rules.
    """

    noise_deviation = 1.0

    def __init__(self, shape: ImageShape, config: VAEConfig) -> None:
        super().__init__(
            shape,
            config,
            encoder=encoder(shape, config, heads=("mean", "log_variance")),  # (n, h, w, c) -> (n, d) each
            decoder=decoder(shape, config),  # (n, d) -> (n, h, w, c)
            balance=Balance(config.balance, ("reconstruction", "kl")),
        )
        self.corrupt = Corruption(config)
        self.weight = config.weight

    def loss_terms(self, images: Tensor, heads: Mapping[str, Tensor], condition: Tensor | None) -> dict[str, Tensor]:
        """Return the squared error at a random code, and the divergence: (n,) each."""
        mean, log_variance = heads["mean"], clip_log_variance(heads["log_variance"])
        codes = self.add_noise(mean, ops.exp(log_variance / 2))  # (n, d)
        rebuilt = self.decoder(codes, training=True)  # (n, h, w, c)
        return {"reconstruction": squared_norm(images - rebuilt), "kl": kl_divergence(mean, log_variance)}

    def term_weights(self, condition: Tensor | None) -> dict[str, float]:
        """Return 1 - w and w."""
        return {"reconstruction": 1 - self.weight, "kl": self.weight}

    def scores(self, images: Images) -> dict[str, Scores]:
        """Return the loss and its terms at the mean code, and the distances of the mean code: rule -> (n,)."""
        heads = self.encode(images)
        mean, log_variance = heads["mean"], clip_log_variance(heads["log_variance"])
        terms = {
            "reconstruction": squared_error(images, self.decode(mean)),
            "kl": np.asarray(kl_divergence(mean, log_variance), np.float64),
        }
        return {"elbo": self.combined(terms), **terms, **self.distances(mean)}
