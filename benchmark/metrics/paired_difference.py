"""The mean difference of two rows over tasks: its t-interval, and how many seeds would show it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.seeded_values import SeededValues, paired_means

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray

LEVEL = 0.95
POWER = 0.8
MOST_SEEDS = 1000
"""More seeds than this are not looked for: nobody trains them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference and the ends of its 95 % interval, None where nothing shows how much it varies."""

    value: float
    low: float | None = None
    high: float | None = None


def difference(a: SeededValues, b: SeededValues) -> Difference:
    """Return the mean over tasks of `a` minus `b`, on their common seeds, with its 95 % t-interval.

    With several tasks the interval comes from the differences of the tasks, which vary with the task and with the
    seeds. It needs no seed variance, provided that the seeds of different tasks are independent. With one task it comes
    from the seed variance of both rows.

    Returns
    -------
    Difference
        Without an interval if there is one task, and the seed variance of a row is unknown.

    References
    ----------
    Student (1908), Biometrika 6(1), 1-25.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = (SeededValues((0,), np.array(row)) for row in ([[0.9], [0.8], [0.7]], [[0.8], [0.68], [0.62]]))
    >>> found = difference(a, b)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.1, 0.05, 0.15)
    """
    of_a, of_b, seeds_a, seeds_b = paired_means(a, b)
    differences = of_a - of_b
    if len(differences) > 1 or not (a.degrees and b.degrees):
        return mean_difference(differences)
    error = math.sqrt(a.seed_variance / seeds_a + b.seed_variance / seeds_b)
    # Welch's degrees of freedom are never fewer than those of either variance.
    return _interval(float(differences[0]), error, min(a.degrees, b.degrees))


def mean_difference(differences: FloatArray) -> Difference:
    """Return the mean of the differences of tasks with its 95 % t-interval; without an interval if there is one task.

    Parameters
    ----------
    differences : ndarray of float64, shape (tasks,)
        Differences of two rows, of means over seeds.
    """
    value, tasks = float(differences.mean()), len(differences)
    if tasks < 2:
        return Difference(value)
    return _interval(value, float(differences.std(ddof=1)) / math.sqrt(tasks), tasks - 1)


def _interval(value: float, error: float, degrees: int) -> Difference:
    half = _t_quantile((1 + LEVEL) / 2, degrees) * error
    return Difference(value, value - half, value + half)


@dataclass(frozen=True, slots=True)
class SeedsNeeded:
    """How many seeds would show a difference.

    Attributes
    ----------
    power : float
        The probability that a two-sided t-test over tasks at 5 % finds it with the present seeds.
    seeds : int or None
        The smallest number of seeds of each row with a power of at least 80 %; None if no number has it.
    between_tasks : float
        The standard deviation of the difference over tasks that more seeds cannot reduce.
    """

    power: float
    seeds: int | None
    between_tasks: float


def seeds_needed(differences: FloatArray, seed_variance: float, seeds: float) -> SeedsNeeded | None:
    """Return how many seeds of each row would show the mean difference, if it is the true one.

    Parameters
    ----------
    differences : ndarray of float64, shape (tasks,)
        Differences of two rows, of means over seeds.
    seed_variance : float
        The sum of the variances of both rows between seeds within a task.
    seeds : float
        How many seeds the means are of; the harmonic mean where tasks have different numbers.

    Returns
    -------
    SeedsNeeded or None
        None with fewer than two tasks, or if the differences have a mean of zero.

    References
    ----------
    The noncentral t distribution: Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions, vol. 2,
    chapter 31.

    Examples
    --------
    >>> import numpy as np
    >>> seeds_needed(np.array([0.02, 0.01, 0.03, -0.01, 0.01, 0.0]), seed_variance=0.0002, seeds=1).seeds
    5
    """
    tasks, mean = len(differences), abs(float(differences.mean()))
    if tasks < 2 or mean == 0:
        return None
    between_tasks = max(0.0, float(differences.var(ddof=1)) - seed_variance / seeds)

    def power(count: float) -> float:
        error = math.sqrt((between_tasks + seed_variance / count) / tasks)
        return _power(mean / error, tasks - 1) if error else 1.0

    enough = next((count for count in range(1, MOST_SEEDS + 1) if power(count) >= POWER), None)
    return SeedsNeeded(power(seeds), enough, math.sqrt(between_tasks))


def _t_quantile(share: float, degrees: int) -> float:
    from scipy import special

    return float(special.stdtrit(degrees, share))


def _power(shift: float, degrees: int) -> float:
    """Return the power of a two-sided t-test if the true mean is `shift` standard errors from zero."""
    from scipy import special

    bound = _t_quantile((1 + LEVEL) / 2, degrees)
    power = 1 - special.nctdtr(degrees, shift, bound)
    # The test may also reject on the wrong side; far from zero scipy's value there is not finite.
    wrong = special.nctdtr(degrees, shift, -bound)
    return float(np.clip(power + (wrong if np.isfinite(wrong) else 0.0), 0.0, 1.0)) if np.isfinite(power) else 1.0
