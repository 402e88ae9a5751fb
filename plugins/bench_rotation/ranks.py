"""Scores of different kinds on one scale: where an image stands among training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark import FloatArray, Scores

TAIL = 0.1
"""Share of the training scores that the unit beyond the largest and short of the smallest is taken from."""

TINY = 1e-12
"""Of that unit, where all training scores are equal."""


def rank(scores: Scores, training: FloatArray) -> Scores:
    """Return the share of training scores below each score, half of those equal to it included.

    Between two training scores it climbs in a straight line. Beyond the largest and short of the smallest it goes on:
    a bare rank would call all images there equal, which may be nearly all that are anomalous.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
    training : ndarray of float64, shape (m,)
        Of training images, in any order.

    Returns
    -------
    ndarray of float64, shape (n,)
        Climbs strictly with the score. In [0, 1] among the training scores; beyond, log(1 + e) is added, e being the
        excess over the largest in units of the mean excess of the upper tenth: scores that grow in all directions alike
        then count alike, whatever their unit, and no one of them drowns the others.

    Examples
    --------
    >>> import numpy as np
    >>> rank(np.array([1.0, 1.5, 4.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [0.125, 0.25, 0.875]
    """
    share, beyond, short = _placed(scores, training)
    return share + np.log1p(beyond) - np.log1p(short)


def surprise(scores: Scores, training: FloatArray) -> Scores:
    """Return the negative logarithm of the share of training scores above each score: Fisher's scale of a rank.

    That an image is among the most anomalous hundredth by one score then counts as much as that it is among the most
    anomalous tenth by two, as it should if they are independent.

    Returns
    -------
    ndarray of float64, shape (n,)
        Above 0; climbs strictly with the score. Beyond the largest training score the share above goes on as an
        exponential tail whose mean excess is that of the upper tenth.

    References
    ----------
    Fisher (1932), Statistical Methods for Research Workers, 4th edition, section 21.1.
    """
    share, beyond, short = _placed(scores, training)
    return beyond - np.log1p(-share * np.exp(-short))


def _placed(scores: Scores, training: FloatArray) -> tuple[Scores, Scores, Scores]:
    """Return the rank within the training scores, and how far beyond and short of all of them a score lies."""
    values, counts = np.unique(training, return_counts=True)
    shares = (np.cumsum(counts) - counts / 2) / len(training)
    threshold = np.quantile(training, 1 - TAIL)
    if threshold == values[-1]:  # an upper tenth that is all one score has no excess
        threshold = training.mean()
    above = training[training > threshold]
    unit = max(float((above - threshold).mean()), TINY) if len(above) else TINY
    share = np.asarray(np.interp(scores, values, shares))
    return share, np.maximum(scores - values[-1], 0) / unit, np.maximum(values[0] - scores, 0) / unit
