"""Dirichlet distributions by maximum likelihood.

Source: Minka (2000), Estimating a Dirichlet distribution, section 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, polygamma, psi

if TYPE_CHECKING:
    from benchmark import BoolArray, FloatArray

ITERATIONS = 100
HALVINGS = 40
TOLERANCE = 1e-9


def concentrations(mean_logs: FloatArray) -> FloatArray:
    """Return the concentrations that make observed probabilities likeliest.

    Parameters
    ----------
    mean_logs : ndarray of float64, shape (d, k)
        For each of d distributions, the mean logarithm of each of its k probabilities: all that the likelihood knows.

    Returns
    -------
    ndarray of float64, shape (d, k)
        Above 0.

    Notes
    -----
    Newton's method, each step halved until the likelihood climbs; the likelihood is concave, so there is one maximum.
    Deviation: Golan & El-Yaniv (2018) go there by a fixed-point iteration, which takes hundreds of steps.
    """
    # Where the fixed-point iteration would be after a step, roughly: the right order of magnitude in each coordinate.
    raised = mean_logs + psi(1.0)
    alpha = np.where(raised > -2.22, np.exp(raised) + 0.5, -1 / (raised - psi(1.0)))
    for _ in range(ITERATIONS):
        # Answers that never vary have no maximum: where the numbers end, a step is not finite, and not taken.
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            step = _newton_step(alpha, mean_logs)
            climbed = _climbed(alpha, step, mean_logs)
        moved = float(np.abs(climbed - alpha).max())
        alpha = climbed
        if moved < TOLERANCE:
            break
    return np.asarray(alpha)


def _newton_step(alpha: FloatArray, mean_logs: FloatArray) -> FloatArray:
    """Return the step: the Hessian is a diagonal and a constant, so its inverse costs no more than a sum."""
    total = alpha.sum(axis=1, keepdims=True)
    gradient = psi(total) - psi(alpha) + mean_logs
    curvature = polygamma(1, alpha)
    shared = (gradient / curvature).sum(axis=1, keepdims=True) / (
        1 / polygamma(1, total) - (1 / curvature).sum(axis=1, keepdims=True)
    )
    return np.asarray((gradient + shared) / curvature)


def _climbed(alpha: FloatArray, step: FloatArray, mean_logs: FloatArray) -> FloatArray:
    """Return `alpha` after as much of the step as stays above 0 and loses no likelihood."""
    before = _log_likelihood(alpha, mean_logs)
    share = np.ones((len(alpha), 1))
    for _ in range(HALVINGS):
        after = alpha + share * step
        inside: BoolArray = np.asarray((after > 0).all(axis=1))
        better = inside.copy()
        better[inside] = _log_likelihood(after[inside], mean_logs[inside]) >= before[inside]
        if better.all():
            return after
        share[~better] /= 2
    return np.where(better[:, None], after, alpha)


def _log_likelihood(alpha: FloatArray, mean_logs: FloatArray) -> FloatArray:
    """Return the mean log-likelihood under each distribution: (d, k) -> (d,)."""
    likelihood: FloatArray = (
        gammaln(alpha.sum(axis=1)) - gammaln(alpha).sum(axis=1) + ((alpha - 1) * mean_logs).sum(axis=1)
    )
    return likelihood
