"""Gaussian kernel densities for several bandwidths, and the likelihood of held-out images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_toolkit.kernel_sums import log_kernel_sums

if TYPE_CHECKING:
    from benchmark import FloatArray, IntArray


def log_densities(at: FloatArray, training: FloatArray, bandwidths: FloatArray) -> FloatArray:
    """Return the logarithm of the kernel density of `training`, for each bandwidth.

    Parameters
    ----------
    at : ndarray of float64, shape (n, d)
        The points at which the density is computed.
    training : ndarray of float64, shape (m, d)
        The centres of the kernels.
    bandwidths : ndarray of float64, shape (b,)
        Standard deviations of the kernel.

    Returns
    -------
    ndarray of float64, shape (b, n)
        Finite, even far from all kernels.
    """
    m, d = training.shape
    log_sums = log_kernel_sums(at, training, 0.5 / bandwidths**2)
    constants = np.log(m) + d / 2 * np.log(2 * np.pi * bandwidths**2)
    densities: FloatArray = log_sums - constants[:, None]
    return densities


def held_out_log_likelihoods(vectors: FloatArray, fold_of: IntArray, bandwidths: FloatArray) -> FloatArray:
    """Return the mean log-density of each vector under those of the other folds, for each bandwidth: (b,).

    Parameters
    ----------
    vectors : ndarray of float64, shape (n, d)
        Features of the training images.
    fold_of : ndarray of int, shape (n,)
        The fold of each image; there are at least two folds.
    bandwidths : ndarray of float64, shape (b,)
        Standard deviations of the kernel.
    """
    total = np.zeros(len(bandwidths))
    for fold in np.unique(fold_of):
        held_out = fold_of == fold
        total += log_densities(vectors[held_out], vectors[~held_out], bandwidths).sum(axis=1)
    return total / len(vectors)
