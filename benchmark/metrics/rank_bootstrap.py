"""Rank intervals: which ranks a row could have had with other tasks and other seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.paired_tests import DIGITS

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray

DRAWS = 2000
LEVEL = 0.95
SEED = 0
"""One stream for every board: the same numbers give the same intervals."""


def rank_intervals(rows: Sequence[FloatArray], *, higher_is_better: bool = True) -> list[tuple[int, int]]:
    """Return the lowest and highest rank of each row in 95 % of the bootstrap's draws.

    A draw takes tasks with replacement, the same for all rows, since what makes a task hard makes it so for every row;
    of each task drawn it takes as many of a row's seeds as the row has, with replacement. Seeds are averaged within the
    task, tasks then, and the means are ranked: from 1, equal means share the better rank. The ends are those of the
    middle 95 % of the ranks, and the observed rank always belongs to the interval.

    Parameters
    ----------
    rows : sequence of ndarray of float64, each of shape (tasks, seeds of that row)
        The tasks are the same and in the same order; how many seeds there are may differ from row to row.
    higher_is_better : bool
        Whether rank 1 is the highest mean.

    Returns
    -------
    list of (int, int)
        In the order of the rows, which changes nothing else.

    Raises
    ------
    ValueError
        If rows differ in their tasks, or a value is not finite.

    Notes
    -----
    With one task the tasks cannot vary, and the interval is over seeds alone; with one seed, over tasks alone; with one
    of both it is the observed rank, which says nothing. Rows that are truly equal are covered less often than 95 %:
    no bootstrap of ranks is exact there (Xie, Singh and Zhang 2009).

    References
    ----------
    Goldstein and Spiegelhalter (1996), JRSS A 159(3), 385-443, for intervals of ranks; Davison and Hinkley (1997),
    Bootstrap Methods and their Application, section 3.8, for two levels; Xie, Singh and Zhang (2009), JASA 104(486),
    775-788.

    Examples
    --------
    >>> import numpy as np
    >>> close, closer, far = [[0.90], [0.80], [0.70]], [[0.81], [0.88], [0.69]], [[0.5], [0.4], [0.3]]
    >>> rank_intervals([np.array(row) for row in (close, closer, far)])
    [(1, 2), (1, 2), (3, 3)]
    """
    if not rows:
        return []
    tasks = len(rows[0])
    if any(row.ndim != 2 or len(row) != tasks or not row.size or not np.isfinite(row).all() for row in rows):
        raise ValueError("every row needs finite values of shape (tasks, seeds), of the same tasks")
    generator = np.random.RandomState(SEED)  # its streams are frozen for good
    drawn = generator.randint(tasks, size=(DRAWS, tasks))
    # One table of random numbers for all rows, so that a row's interval does not depend on where it stands.
    chance = generator.uniform(size=(DRAWS, tasks, max(row.shape[1] for row in rows)))
    sign = -1.0 if higher_is_better else 1.0
    means = np.empty((DRAWS + 1, len(rows)))  # the observed mean is the last
    for index, row in enumerate(rows):
        seeds = row.shape[1]
        picked = (chance[:, :, :seeds] * seeds).astype(np.int64)
        means[:-1, index] = row[drawn[:, :, None], picked].mean(axis=(1, 2))
        means[-1, index] = row.mean()
    means = np.round(sign * means, DIGITS)
    ranks = np.stack([1 + (means < means[:, [index]]).sum(axis=1) for index in range(len(rows))], axis=1)
    tail = (1 - LEVEL) / 2
    low = np.quantile(ranks[:-1], tail, axis=0, method="inverted_cdf")
    high = np.quantile(ranks[:-1], 1 - tail, axis=0, method="inverted_cdf")
    observed = ranks[-1]
    return [
        (int(lowest), int(highest))
        for lowest, highest in zip(np.minimum(low, observed), np.maximum(high, observed), strict=True)
    ]
