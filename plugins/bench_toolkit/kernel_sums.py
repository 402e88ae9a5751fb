"""Sums of Gaussian kernels as logarithms: finite, and ordered, however far a point is from every centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray, IntArray

BLOCK = 2**19
"""Distances held at a time: 4 MiB, which stay in the cache from one kernel width to the next."""

NEGLIGIBLE = -700.0
"""The smallest exponent: its exponential adds nothing to a sum above 1, and below it arithmetic is ten times slower."""


def log_kernel_sums(
    at: FloatArray,
    centres: FloatArray,
    gammas: FloatArray,
    *,
    weights: FloatArray | None = None,
    own: IntArray | None = None,
) -> FloatArray:
    """Return log sum_i w_i exp(-gamma ||x - c_i||^2) for each gamma.

    Parameters
    ----------
    at : ndarray of float64, shape (n, d)
        The x.
    centres : ndarray of float64, shape (m, d)
        The c_i.
    gammas : ndarray of float64, shape (b,)
        All above 0.
    weights : ndarray of float64, shape (m,), optional
        The w_i, all above 0; without them each is 1.
    own : ndarray of int, shape (n,), optional
        Which centre each x is: it is left out of that sum.

    Returns
    -------
    ndarray of float64, shape (b, n)
        Finite, however far an x lies.

    Notes
    -----
    All distances come from one matrix product. Trees of neighbours, as scikit-learn's, are slower in eighty dimensions.
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
        # Relative to the nearest centre, whose exponential is 1: no sum becomes 0.
        nearest = squared.min(axis=1)
        squared -= nearest[:, None]
        terms = np.empty_like(squared)
        for row, gamma in enumerate(gammas):
            np.multiply(squared, -gamma, out=terms)
            np.maximum(terms, NEGLIGIBLE, out=terms)
            np.exp(terms, out=terms)
            total = terms.sum(axis=1) if weights is None else terms @ weights
            sums[row, block] = np.log(total) - gamma * nearest
    return sums
