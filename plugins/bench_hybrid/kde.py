"""Kernel density estimation: a Gaussian kernel at every code.

Source: Parzen (1962), On estimation of a probability density function and mode, Annals of Mathematical Statistics
33(3), 1065-1076.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_hybrid.head import Head
from bench_toolkit.kernel_sums import log_kernel_sums

if TYPE_CHECKING:
    from benchmark import FloatArray, IntArray

WIDTHS = 2.0 ** np.arange(-4, 1.25, 0.25)
"""Bandwidths to try, divided by the standard deviation of the codes."""

SAMPLE = 1_000
"""Number of codes whose likelihood chooses the bandwidth."""


def kde(codes: FloatArray, *, seed: int) -> Head:
    """Score by the negative log-density; the bandwidth maximises the likelihood of a code, given all others."""
    sample = np.random.default_rng(seed).permutation(len(codes))[:SAMPLE]
    bandwidths = WIDTHS * np.sqrt(codes.var(axis=0).mean())
    likelihoods = _log_densities(codes[sample], codes, bandwidths, own=sample).mean(axis=1)
    chosen = bandwidths[[int(np.argmax(likelihoods))]]
    return Head(lambda at: -_log_densities(at, codes, chosen)[0], {"bandwidth": float(chosen[0])})


def _log_densities(
    at: FloatArray, codes: FloatArray, bandwidths: FloatArray, *, own: IntArray | None = None
) -> FloatArray:
    """Return the log-density for each bandwidth, (b, n); `own` has the index of each point in `codes`, to omit it."""
    others = len(codes) - (own is not None)
    sums = log_kernel_sums(at, codes, 0.5 / bandwidths**2, weights=np.full(len(codes), 1 / others), own=own)
    densities: FloatArray = sums - 0.5 * codes.shape[1] * np.log(2 * np.pi * bandwidths**2)[:, None]
    return densities
