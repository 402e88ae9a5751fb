"""Gaussian kernel densities at many bandwidths from one look at the distances, and their likelihood of held-out images.

Trees of neighbours, as in scikit-learn, save nothing among eighty dimensions; matrix products do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray, IntArray

__all__ = ["held_out_log_likelihoods", "log_densities"]

BLOCK = 2**19
"""Distances held at a time: 4 MiB, which stay in the cache from one bandwidth to the next."""

NEGLIGIBLE = -700.0
"""Its exponential adds nothing to a sum above 1; below it arithmetic slows down tenfold."""


def log_densities(at: FloatArray, training: FloatArray, bandwidths: FloatArray) -> FloatArray:
    """Return the logarithm of the kernel density of `training` at each bandwidth.

    Parameters
    ----------
    at : ndarray of float64, shape (n, d)
        Where.
    training : ndarray of float64, shape (m, d)
        The centres of the kernels.
    bandwidths : ndarray of float64, shape (b,)
        Standard deviations of the kernel.

    Returns
    -------
    ndarray of float64, shape (b, n)
        Finite, however far an image lies.
    """
    m, d = training.shape
    lengths = np.einsum("ij,ij->i", training, training)
    factors = -0.5 / bandwidths**2
    log_sums = np.empty((len(bandwidths), len(at)))
    rows = max(1, BLOCK // m)
    for start in range(0, len(at), rows):
        block = at[start : start + rows]
        squared = np.einsum("ij,ij->i", block, block)[:, None] - 2 * block @ training.T + lengths  # (rows, m)
        np.maximum(squared, 0, out=squared)  # rounding may leave a little less
        # log sum exp: relative to the nearest, whose term is 1, no sum vanishes.
        nearest = squared.min(axis=1)
        squared -= nearest[:, None]
        terms = np.empty_like(squared)
        for row, factor in enumerate(factors):
            np.multiply(squared, factor, out=terms)
            np.maximum(terms, NEGLIGIBLE, out=terms)
            np.exp(terms, out=terms)
            log_sums[row, start : start + rows] = factor * nearest + np.log(terms.sum(axis=1))
    constants = np.log(m) + d / 2 * np.log(2 * np.pi * bandwidths**2)
    densities: FloatArray = log_sums - constants[:, None]
    return densities


def held_out_log_likelihoods(vectors: FloatArray, fold_of: IntArray, bandwidths: FloatArray) -> FloatArray:
    """Return the mean log-density of each vector under those of the other folds, at each bandwidth: (b,).

    Parameters
    ----------
    vectors : ndarray of float64, shape (n, d)
        Of training images.
    fold_of : ndarray of int, shape (n,)
        The fold of each; at least two differ.
    bandwidths : ndarray of float64, shape (b,)
        To be compared.
    """
    total = np.zeros(len(bandwidths))
    for fold in np.unique(fold_of):
        held_out = fold_of == fold
        total += log_densities(vectors[held_out], vectors[~held_out], bandwidths).sum(axis=1)
    return total / len(vectors)
