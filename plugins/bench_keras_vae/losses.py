"""Terms of a loss: squared errors and the Kullback-Leibler divergence, one number an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from keras import ops

if TYPE_CHECKING:
    from bench_keras_vae.networks import Tensor
    from benchmark import FloatArray, Images

MAX_LOG_VARIANCE = 10.0


def squared_norm(tensor: Tensor) -> Tensor:
    """Return the sum of squares over all axes but the first: (n, ...) -> (n,)."""
    return ops.sum(ops.square(tensor), axis=tuple(range(1, len(tensor.shape))))


def clip_log_variance(log_variance: Tensor) -> Tensor:
    """Return it clipped to [-10, 10], so that one extreme step does not overflow the exponential."""
    return ops.clip(log_variance, -MAX_LOG_VARIANCE, MAX_LOG_VARIANCE)


def kl_divergence(mean: Tensor, log_variance: Tensor, centre: Tensor = 0.0) -> Tensor:
    """Return KL(N(mean, exp(log_variance)) || N(centre, I)), summed over the code.

    Parameters
    ----------
    mean, log_variance : tensor, shape (n, d) or (n, h', w', d)
    centre : tensor, shape (d,)

    Returns
    -------
    tensor, shape (n,)

    References
    ----------
    Kingma and Welling (2014), Auto-Encoding Variational Bayes, ICLR, appendix B.
    """
    spread = ops.exp(log_variance) - 1 - log_variance  # zero at variance 1, else positive
    return 0.5 * ops.sum(ops.square(mean - centre) + spread, axis=tuple(range(1, len(mean.shape))))


def error_map(images: Images, rebuilt: Images) -> FloatArray:
    """Return the squared error of each pixel, summed over channels: 2 x (n, h, w, c) -> (n, h, w), float64."""
    errors: FloatArray = np.square(images - rebuilt.astype(np.float64)).sum(axis=-1)
    return errors


def squared_error(images: Images, rebuilt: Images) -> FloatArray:
    """Return the squared error of each image: 2 x (n, h, w, c) -> (n,), float64."""
    errors: FloatArray = error_map(images, rebuilt).sum(axis=(1, 2))
    return errors
