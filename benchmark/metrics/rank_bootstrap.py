"""Intervals of the ranks of rows, from simulated draws of their differences over tasks and seeds."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.paired_tests import DIGITS
from benchmark.metrics.seeded_values import SeededValues, paired_means

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray

DRAWS = 2000
LEVEL = 0.95
EQUAL = 0.5 * 10.0**-DIGITS
"""Means that differ by less are equal: such a difference is only floating-point error."""

SEED = 0
"""The seed of the draws is fixed, so the same values have the same intervals."""


def rank_intervals(rows: Sequence[SeededValues], *, higher_is_better: bool = True) -> list[tuple[int, int]]:
    """Return the 95 % interval of the rank of each row.

    Two rows are compared on the seeds that both have (on all of each where they share none), by the mean of their
    differences over tasks. A draw changes this mean by two parts. The part of the tasks is the same for all rows: their
    differences, less what the seeds contribute to them, weighted with normal random numbers and scaled to Student's t
    with one degree of freedom less than tasks. The part of the seeds is drawn within each task and for each row on its
    own, with the row's seed variance; it is scaled to Student's t too. In each draw a row's rank is 1 plus the number
    of rows that exceed it. The interval covers the middle 95 % of the ranks, and is extended to the rank of the means
    over all seeds if necessary.

    Parameters
    ----------
    rows : sequence of SeededValues
        Values of a metric. The rows have the same tasks in the same order; their seeds may differ.
    higher_is_better : bool
        Whether rank 1 is the highest mean.

    Returns
    -------
    list of (int, int)
        The lowest and the highest rank of each row. The order of the rows does not change their intervals.

    Raises
    ------
    ValueError
        If rows differ in their tasks.

    Notes
    -----
    For two rows with several tasks and no seed variance, the interval holds both ranks if the 95 % t-interval of their
    mean difference contains zero. A seed variance makes it at least as wide as seeds alone would make it. With one task
    only the seeds vary. The intervals hold for one row at a time, not for all at once. Rows that share fits, such as
    two rules of one detector, vary together over seeds. Their seeds are drawn independently all the same, so their
    intervals are wider than necessary.

    References
    ----------
    Goldstein and Spiegelhalter (1996), JRSS A 159(3), 385-443, for intervals of ranks by simulation; Davison and
    Hinkley (1997), Bootstrap Methods and their Application, section 3.8, for two levels and why each variance must be
    counted once.

    Examples
    --------
    >>> import numpy as np
    >>> rows = [[0.90], [0.80], [0.70]], [[0.81], [0.88], [0.69]], [[0.5], [0.4], [0.3]]
    >>> rank_intervals([SeededValues((0,), np.array(row)) for row in rows])
    [(1, 2), (1, 2), (3, 3)]
    """
    if not rows:
        return []
    tasks = len(rows[0].values)
    if any(len(row.values) != tasks for row in rows):
        raise ValueError("every row needs the same tasks")
    if not higher_is_better:
        rows = [dataclasses.replace(row, values=-row.values) for row in rows]
    generator = np.random.RandomState(SEED)  # numpy does not change its random streams
    weights = generator.standard_normal((DRAWS, tasks))
    if tasks > 1:  # Weights times deviations is then distributed as the error of a mean: Student's t.
        scale = np.sqrt(generator.chisquare(tasks - 1, size=(DRAWS, 1)) / (tasks - 1))
        weights /= scale * math.sqrt(tasks * (tasks - 1))
    noise = np.stack([_noise(row) for row in rows], axis=1)  # (DRAWS, rows), of one seed on one task
    ranks = np.ones((DRAWS, len(rows)), dtype=np.int64)
    for a, b in itertools.combinations(range(len(rows)), 2):
        draws = _draws(rows[a], rows[b], weights, noise[:, a], noise[:, b])
        ranks[:, a] += draws < -EQUAL
        ranks[:, b] += draws > EQUAL
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="inverted_cdf")
    means = np.array([row.values.mean() for row in rows])
    observed = [1 + int((means > mean + EQUAL).sum()) for mean in means]
    return [
        (min(int(lowest), rank), max(int(highest), rank))
        for lowest, highest, rank in zip(low, high, observed, strict=True)
    ]


def _draws(
    a: SeededValues, b: SeededValues, weights: FloatArray, noise_a: FloatArray, noise_b: FloatArray
) -> FloatArray:
    """Return draws of the mean difference of two rows, shape (DRAWS,)."""
    of_a, of_b, seeds_a, seeds_b = paired_means(a, b)
    differences = of_a - of_b
    tasks = len(differences)
    from_seeds = a.seed_variance / seeds_a + b.seed_variance / seeds_b
    observed = float(differences.var(ddof=1)) if tasks > 1 else 0.0
    # The observed variance over tasks contains that of the seeds, which is drawn on its own.
    share = math.sqrt(max(0.0, 1 - from_seeds / observed)) if observed > 0 else 0.0
    of_tasks = weights @ (share * (differences - differences.mean()))
    # The mean over tasks of independent draws within each of them.
    of_seeds = (noise_a / math.sqrt(seeds_a) - noise_b / math.sqrt(seeds_b)) / math.sqrt(tasks)
    draws: FloatArray = differences.mean() + of_tasks + of_seeds
    return draws


def _noise(row: SeededValues) -> FloatArray:
    """Return draws of what one seed adds to one task, shape (DRAWS,).

    The random stream depends on the row's values, so that rows are independent and their order has no influence.
    """
    if not row.seed_variance:
        return np.zeros(DRAWS)
    digest = hashlib.sha256(np.ascontiguousarray(row.values + 0.0).tobytes()).digest()  # + 0.0: no -0.0
    generator = np.random.RandomState(int.from_bytes(digest[:4], "big"))
    return math.sqrt(row.seed_variance) * generator.standard_t(row.degrees, size=DRAWS)
