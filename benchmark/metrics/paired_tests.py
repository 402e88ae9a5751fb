"""A paired test over tasks, and the correction for multiple tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.delong import mid_ranks

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray

FEWEST = 6
"""The smallest number of nonzero differences with a p-value below 0.05: 2 / 2**6 is 0.031, 2 / 2**5 is 0.0625."""

DIGITS = 12
"""Differences are rounded to this number of decimals: values that are closer differ only by floating-point error."""

MOST_EXACT = 50
"""Up to this number of differences the p-value is exact: a float represents all counts up to 2**50 exactly."""


def wilcoxon(differences: Sequence[float] | FloatArray) -> float | None:
    """Return the two-sided p-value of Wilcoxon's signed-rank test.

    The null hypothesis is that the differences are symmetric about zero. Differences of zero are left out, as in
    Wilcoxon's paper. The others are ranked by absolute value; equal ones get the mean of their ranks. The p-value is
    exact for up to 50 differences, also with ties. For more it is that of the normal approximation.

    Parameters
    ----------
    differences : sequence of float
        One finite difference for each task, of means over seeds.

    Returns
    -------
    float or None
        In [2 / 2**n, 1], where n is the number of nonzero differences. None if n is below 6: the p-value could then not
        be below 0.05.

    Raises
    ------
    ValueError
        If a difference is not finite.

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
    """Return the exact p-value, also with ties.

    It is the share of sign patterns whose rank sum is at least as far from the mean as the observed one. scipy takes a
    second to load, and its exact method for ties is slow.
    """
    doubled = np.rint(2 * mid_ranks(np.abs(values))).astype(np.int64)  # mid-ranks are multiples of 1/2
    patterns = np.ones(1)  # the number of patterns with each rank sum
    for rank in doubled:
        patterns = np.pad(patterns, (0, rank)) + np.pad(patterns, (rank, 0))
    distances = np.abs(2 * np.arange(len(patterns)) - doubled.sum())
    observed = abs(2 * doubled[values > 0].sum() - doubled.sum())
    return float(patterns[distances >= observed].sum() / 2.0 ** len(values))


def smallest_p(tasks: int) -> float:
    """Return the smallest p-value of Wilcoxon's test for this number of tasks: all differences have the same sign."""
    return 2.0 ** (1 - tasks)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return the p-values adjusted for multiple tests by Holm's step-down method, in the same order.

    The smallest p-value is multiplied by the number of tests, the next by one less, and so on. An adjusted value is at
    least the one before it, and at most 1. This controls the family-wise error rate, whether or not the tests are
    independent. None stands for a test that was not done: it stays None, and is not counted.

    Raises
    ------
    ValueError
        If a p-value is not in [0, 1].

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
            raise ValueError(f"{p} is not a p-value")
        floor = max(floor, min(1.0, p * (len(tested) - before)))
        adjusted[index] = floor
    return adjusted
