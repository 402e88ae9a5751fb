"""Scores of different rules on one scale: the rank of an image among training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray, Scores

TAIL = 0.1
"""Share of the training scores, the largest ones, whose mean excess is the unit of scores outside their range."""

TINY = 1e-12
"""That unit, where all training scores are equal."""


def rank(scores: Scores, training: FloatArray) -> Scores:
    """Return the share of training scores below each score, plus half the share of those equal to it.

    Between two training scores the rank is linear. It also grows above the largest training score and falls below the
    smallest: a plain rank would be 1 for every image above the largest, which may be nearly all anomalous images.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
    training : ndarray of float64, shape (m,)
        Scores of training images, in any order.

    Returns
    -------
    ndarray of float64, shape (n,)
        Strictly increasing in the score. In [0, 1] within the range of the training scores. Above it, log(1 + e) is
        added, where e is the excess over the largest, in units of the mean excess of the upper tenth: so the unit of a
        score does not matter, and no single rule dominates a sum of ranks.

    Examples
    --------
    >>> import numpy as np
    >>> rank(np.array([1.0, 1.5, 4.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [0.125, 0.25, 0.875]
    """
    share, above, below = _place(scores, training)
    return share + np.log1p(above) - np.log1p(below)


def surprise(scores: Scores, training: FloatArray) -> Scores:
    """Return the negative logarithm of the share of training scores above each score: Fisher's scale of a rank.

    In a sum over rules, an image in the most anomalous hundredth by one rule counts as much as an image in the most
    anomalous tenth by two. That is right if the rules are independent.

    Returns
    -------
    ndarray of float64, shape (n,)
        At least 0; strictly increasing in the score, except far below all training scores, where it rounds to 0. Above
        the largest training score, the share is that of an exponential tail with the mean excess of the upper tenth.

    References
    ----------
    Fisher (1932), Statistical Methods for Research Workers, 4th edition, section 21.1.
    """
    share, above, below = _place(scores, training)
    return above - np.log1p(-share * np.exp(-below))


def _place(scores: Scores, training: FloatArray) -> tuple[Scores, Scores, Scores]:
    """Return the rank within the training scores, and the excess above the largest and below the smallest: (n,)."""
    values, counts = np.unique(training, return_counts=True)
    shares = (np.cumsum(counts) - counts / 2) / len(training)
    threshold = np.quantile(training, 1 - TAIL)
    if threshold == values[-1]:  # the upper tenth is one score, so it has no excess
        threshold = training.mean()
    upper = training[training > threshold]
    unit = max(float((upper - threshold).mean()), TINY) if len(upper) else TINY
    share = np.asarray(np.interp(scores, values, shares))
    return share, np.maximum(scores - values[-1], 0) / unit, np.maximum(values[0] - scores, 0) / unit
