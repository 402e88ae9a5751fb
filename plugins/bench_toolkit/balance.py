"""Balances the terms of a loss: factors that make all terms equal in value, or in the norm of their gradients.

Source: Chen et al. (2018), GradNorm: Gradient Normalization for Adaptive Loss Balancing, ICML, section 3. Deviation:
GradNorm learns the factors. With its alpha at 0 the factors that it converges to are known; running means set them.

An array here is of any library that has `max`, `maximum` and `sum`: numpy, torch or keras.ops.
"""

from __future__ import annotations

from typing import Any

MOMENTUM = 0.99
"""Share of a running mean that remains after one step."""

LARGEST_RATIO = 100.0
"""Largest ratio of two factors. Without a bound, a term that can reach zero would dominate the loss."""

TINY = 1e-30
"""Keeps the division finite where all running means are zero."""


def running_means(before: Any, now: Any) -> Any:
    """Return the running mean of each term after one more step.

    Parameters
    ----------
    before : array, shape (terms,)
        The running means so far; zeros before the first step. They are too small by the same ratio for all terms, and
        the factors depend only on the ratios between terms.
    now : array, shape (terms,)
        Each term's mean over the batch, or the norm of its gradient.

    Returns
    -------
    array, shape (terms,)
    """
    return MOMENTUM * before + (1 - MOMENTUM) * now


def balance_factors(running: Any, xp: Any) -> Any:
    """Return factors in inverse proportion to running means; they sum to the number of terms.

    Parameters
    ----------
    running : array, shape (terms,)
        Running means, none below 0. If all are zero, every factor is 1.
    xp : module
        The library of the array: numpy, torch or keras.ops.

    Returns
    -------
    array, shape (terms,)
        None is more than `LARGEST_RATIO` times another.

    Examples
    --------
    >>> import numpy as np
    >>> balance_factors(np.array([3.0, 1.0]), np).tolist()
    [0.5, 1.5]
    """
    smallest = xp.max(running) / LARGEST_RATIO + TINY
    inverse = 1 / xp.maximum(running, smallest)
    return running.shape[0] * inverse / xp.sum(inverse)
