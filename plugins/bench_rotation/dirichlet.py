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
    """Return the concentrations of maximum likelihood for observed probabilities.

    Parameters
    ----------
    mean_logs : ndarray of float64, shape (d, k)
        For each of d distributions, the mean logarithm of each of its k probabilities: the sufficient statistics.

    Returns
    -------
    ndarray of float64, shape (d, k)
        Above 0.

    Notes
    -----
    Newton's method; a step is halved until it raises the likelihood, which is concave and so has one maximum.
    Deviation: Golan & El-Yaniv (2018) use a fixed-point iteration, which takes hundreds of steps.
    """
    # About the result of one step of the fixed-point iteration: the right order of magnitude in each coordinate.
    raised = mean_logs + psi(1.0)
    alpha = np.where(raised > -2.22, np.exp(raised) + 0.5, -1 / (raised - psi(1.0)))
    for _ in range(ITERATIONS):
        # Probabilities that never vary have no maximum: a step that overflows is not finite, and is not taken.
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            step = _newton_step(alpha, mean_logs)
            improved = _line_search(alpha, step, mean_logs)
        change = float(np.abs(improved - alpha).max())
        alpha = improved
        if change < TOLERANCE:
            break
    return np.asarray(alpha)


def _newton_step(alpha: FloatArray, mean_logs: FloatArray) -> FloatArray:
    """Return Newton's step (d, k): the Hessian is a diagonal plus a constant, so its inverse has a closed form."""
    total = alpha.sum(axis=1, keepdims=True)
    gradient = psi(total) - psi(alpha) + mean_logs
    curvature = polygamma(1, alpha)
    shared = (gradient / curvature).sum(axis=1, keepdims=True) / (
        1 / polygamma(1, total) - (1 / curvature).sum(axis=1, keepdims=True)
    )
    return np.asarray((gradient + shared) / curvature)


def _line_search(alpha: FloatArray, step: FloatArray, mean_logs: FloatArray) -> FloatArray:
    """Return `alpha` after the largest halving of the step that stays above 0 and does not lower the likelihood."""
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
