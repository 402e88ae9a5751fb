"""A threshold for scores from normal images alone, with the false-alarm rate that it leads to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.student import beta_quantile

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import Scores

ALPHA = 0.05
"""The false-alarm rate of every threshold that is shown."""


@dataclass(frozen=True, slots=True)
class ConformalThreshold:
    """A score above which an image is flagged.

    Attributes
    ----------
    value : float
        The `rank`-th smallest score of the normal images; an image is flagged if its score is higher.
    rank, images : int
        The rank from 1, and how many normal images there are.
    """

    value: float
    rank: int
    images: int

    def false_alarm_range(self, level: float = 0.9) -> tuple[float, float]:
        """Return the central interval of the share of new normal images that are flagged.

        The share depends on which images set the threshold. If the scores have no ties, it has the beta distribution
        with the parameters n + 1 - rank and rank; its mean is (n + 1 - rank) / (n + 1), at most alpha. Ties only make
        it smaller.

        References
        ----------
        Wilks (1941), Annals of Mathematical Statistics 12(1), 91-96; Vovk (2012), ACML, proposition 2.

        Examples
        --------
        >>> [round(share, 3) for share in ConformalThreshold(1.0, 476, 500).false_alarm_range()]
        [0.035, 0.067]
        """
        a, b = self.images + 1 - self.rank, self.rank
        return beta_quantile((1 - level) / 2, a, b), beta_quantile((1 + level) / 2, a, b)


def conformal_threshold(scores: Scores, alpha: float = ALPHA) -> ConformalThreshold | None:
    """Return the threshold that flags a new normal image with a probability of at most `alpha`.

    It is the score of rank ceil((n + 1) (1 - alpha)). The probability holds for any distribution and any number of
    images, if these and the new image are exchangeable: the images must not be those of the fit.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        Scores of normal images, all finite; higher is more anomalous.
    alpha : float
        The false-alarm rate, in (0, 1).

    Returns
    -------
    ConformalThreshold or None
        None if there are fewer than `fewest_images(alpha)` scores: no score is then high enough.

    References
    ----------
    Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random World, section 2.2.

    Examples
    --------
    >>> conformal_threshold(np.arange(1.0, 20.0))
    ConformalThreshold(value=19.0, rank=19, images=19)
    >>> conformal_threshold(np.arange(18.0)) is None
    True
    """
    n = len(scores)
    rank = n + 1 - math.floor((n + 1) * _exact(alpha))
    return ConformalThreshold(float(np.sort(scores)[rank - 1]), rank, n) if rank <= n else None


def fewest_images(alpha: float = ALPHA) -> int:
    """Return the smallest number of normal images that gives a threshold.

    Examples
    --------
    >>> fewest_images(0.05), fewest_images(0.1)
    (19, 9)
    """
    return math.ceil(1 / _exact(alpha)) - 1


def _exact(alpha: float) -> Fraction:
    """Return the decimal fraction that was written: 100 * 0.05 may be just below 5."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1; not {alpha}")
    return Fraction(str(alpha))
