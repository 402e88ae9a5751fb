"""Models with a decoder: the reconstruction and the noise that the variational detectors share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from bench_keras_vae.corruption import Corruption
from bench_keras_vae.model import CodeModel, squared_norm
from bench_keras_vae.networks import decoder, encoder

if TYPE_CHECKING:
    from bench_keras_vae.configs import AutoencoderConfig
    from bench_keras_vae.networks import ImageShape
    from benchmark import FloatArray, Images

MAX_LOG_VARIANCE = 10.0


class AutoencoderModel(CodeModel):
    """An encoder and its mirror; codes are noisy, and images may be corrupted on their way in."""

    deviation = 1.0

    def __init__(
        self,
        shape: ImageShape,
        config: AutoencoderConfig,
        *,
        heads: Sequence[str],
        terms: Sequence[str],
        film_units: int = 0,
    ) -> None:
        super().__init__(
            config,
            encoder(shape, config, heads=heads, film_units=film_units),
            decoder(shape, config, film_units=film_units),
            terms=terms,
        )
        self.corruption = Corruption(config)

    def corrupt(self, images: Any) -> Any:
        """Return what goes in while training."""
        return self.corruption(images)

    def drawn(self, mean: Any, deviation: Any = 1.0) -> Any:
        """Return codes with noise: mean + deviation * N(0, I) (Kingma and Welling 2014, section 2.4)."""
        return mean + deviation * keras.random.normal(ops.shape(mean), seed=self.noise)

    def error(self, images: Any, codes: Any, condition: Sequence[Any] = ()) -> Any:
        """Return the squared error of what training makes of codes, shape (n,)."""
        return squared_norm(images - self.decoder([codes, *condition] if condition else codes, training=True))

    def reconstruct(self, images: Images) -> Images:
        """Rebuild a batch from its mean codes."""
        condition = self.condition(len(images))
        return self.rebuilt(self.encode(images, *condition)["mean"], *condition)

    def rebuilt(self, head: Any, *condition: Any) -> Images:
        """Return what is rebuilt from mean codes, as numpy has it."""
        return np.asarray(self.rebuild(head, *condition))


def error_map(images: Images, rebuilt: Images) -> FloatArray:
    """Return the squared error of each pixel, channels summed: (n, h, w), float64."""
    errors: FloatArray = np.square(images - rebuilt.astype(np.float64)).sum(axis=-1)
    return errors


def bounded(log_variance: Any) -> Any:
    """Return it clipped, so that one wild step cannot overflow the exponential."""
    return ops.clip(log_variance, -MAX_LOG_VARIANCE, MAX_LOG_VARIANCE)


def kl_divergence(mean: Any, log_variance: Any, centre: Any = 0.0) -> Any:
    """Return KL(N(mean, exp(log_variance)) || N(centre, I)), summed over the code (Kingma and Welling, appendix B).

    Returns
    -------
    tensor, shape (n,)
    """
    spread = ops.exp(log_variance) - 1 - log_variance  # zero at variance 1, else positive
    return 0.5 * ops.sum(ops.square(mean - centre) + spread, axis=tuple(range(1, len(mean.shape))))
