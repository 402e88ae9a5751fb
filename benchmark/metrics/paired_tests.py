"""Paired tests over tasks, and the correction for several of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.delong import mid_ranks

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray

FEWEST = 6
"""Nonzero differences that a p below 0.05 takes: 2 / 2**6 is 0.031, 2 / 2**5 is 0.0625."""

DIGITS = 12
"""Differences are rounded to so many decimals first: closer ones differ only by floating-point error."""

MOST_EXACT = 50
"""Up to so many differences the distribution is exact; 2**50 patterns of signs are still whole numbers as floats."""


def wilcoxon(differences: Sequence[float] | FloatArray) -> float | None:
    """Return the two-sided p of Wilcoxon's signed-rank test, that differences are symmetric about zero.

    Differences of zero are left out, as in Wilcoxon's paper. The rest are ranked by size, equal
    ones share the mean of their ranks. Up to 50 differences the p is exact, ties or not; beyond, it is from the normal
    approximation.

    Parameters
    ----------
    differences : sequence of float
        One for each task, finite; of each task's mean over seeds.

    Returns
    -------
    float or None
        In [2 / 2**n, 1], for n that are not zero. None where n is below 6: no outcome could then be below 0.05.

    References
    ----------
    Wilcoxon (1945), Biometrics Bulletin 1(6), 80-83; for classifiers over data sets, Demšar (2006), JMLR 7, 1-30.

    Examples
    --------
    >>> wilcoxon([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    0.03125
    >>> wilcoxon([0.1, 0.2, 0.3, 0.4, 0.5, 0.0]) is None
    True
    """
    values = np.round(np.asarray(differences, dtype=np.float64), DIGITS)
    if not np.isfinite(values).all():
        raise ValueError("a difference is not finite")
    values = values[values != 0]
    if len(values) < FEWEST:
        return None
    if len(values) <= MOST_EXACT:
        return _exact(values)
    from scipy import stats

    return float(stats.wilcoxon(values).pvalue)


def _exact(values: FloatArray) -> float:
    """Return the p, ties or not; for ties scipy has only the slow way, and it takes a second to load.

    It is the share of all patterns of signs whose rank sum is as far from the middle as the observed one.
    """
    doubled = np.rint(2 * mid_ranks(np.abs(values))).astype(np.int64)  # mid-ranks are whole or half
    patterns = np.ones(1)  # how many patterns give each sum
    for rank in doubled:
        patterns = np.pad(patterns, (0, rank)) + np.pad(patterns, (rank, 0))
    far = np.abs(2 * np.arange(len(patterns)) - doubled.sum())
    observed = abs(2 * doubled[values > 0].sum() - doubled.sum())
    return float(patterns[far >= observed].sum() / 2.0 ** len(values))


def smallest_p(tasks: int) -> float:
    """Return the least p that Wilcoxon's test can give: every one of so many differences is on the same side."""
    return 2.0 ** (1 - tasks)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values adjusted for their number by Holm's step-down method, in the order given.

    The smallest is multiplied by their number, the next by one less, and so on; none falls below one before it, none
    exceeds 1. So the chance of calling any true equality a difference stays at the level chosen, whatever the tests
    have to do with each other. None is a test that was not done: it stays None, and does not count.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70.

    Examples
    --------
    >>> holm([0.5, None, 0.125, 0.25])
    [0.5, None, 0.375, 0.5]
    """
    tested = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    floor = 0.0
    for before, (p, index) in enumerate(tested):
        if not 0 <= p <= 1:
            raise ValueError(f"{p} is no p-value")
        floor = max(floor, min(1.0, p * (len(tested) - before)))
        adjusted[index] = floor
    return adjusted
