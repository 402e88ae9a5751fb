"""Sums of Gaussian kernels as logarithms, so that no code is too far away to be ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray, IntArray

__all__ = ["log_kernel_sums"]

BLOCK = 2**19
"""Distances held at a time: 4 MiB, which stay in the cache from one width to the next."""

NEGLIGIBLE = -700.0
"""Its exponential adds nothing to a sum that holds a 1; below it arithmetic slows down tenfold."""


def log_kernel_sums(
    at: FloatArray, centres: FloatArray, gammas: FloatArray, *, weights: FloatArray, own: IntArray | None = None
) -> FloatArray:
    """Return log sum_i w_i exp(-gamma ||x - c_i||^2) for each gamma.

    Parameters
    ----------
    at : ndarray of float64, shape (n, d)
        The x.
    centres, weights : ndarray of float64, shapes (m, d) and (m,)
        The c_i, and the w_i, all above 0.
    gammas : ndarray of float64, shape (b,)
        All above 0.
    own : ndarray of int, shape (n,), optional
        Which centre each x is: it is left out of that sum.

    Returns
    -------
    ndarray of float64, shape (b, n)
        Finite, however far an x lies.
    """
    lengths = np.einsum("ij,ij->i", centres, centres)
    sums = np.empty((len(gammas), len(at)))
    rows = max(1, BLOCK // len(centres))
    for start in range(0, len(at), rows):
        block = slice(start, start + rows)
        x = at[block]
        squared = np.einsum("ij,ij->i", x, x)[:, None] - 2 * x @ centres.T + lengths  # (rows, m)
        np.maximum(squared, 0, out=squared)  # rounding may leave a little less
        if own is not None:
            squared[np.arange(len(x)), own[block]] = np.inf
        # Relative to the nearest, whose exponential is 1, no sum vanishes.
        nearest = squared.min(axis=1)
        squared -= nearest[:, None]
        terms = np.empty_like(squared)
        for row, gamma in enumerate(gammas):
            np.multiply(squared, -gamma, out=terms)
            np.maximum(terms, NEGLIGIBLE, out=terms)
            np.exp(terms, out=terms)
            sums[row, block] = np.log(terms @ weights) - gamma * nearest
    return sums
