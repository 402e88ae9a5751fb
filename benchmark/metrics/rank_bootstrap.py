"""Bootstrap intervals of the ranks of rows, over tasks and seeds."""

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
"""The seed of the bootstrap is fixed, so the same values have the same intervals."""


def rank_intervals(rows: Sequence[FloatArray], *, higher_is_better: bool = True) -> list[tuple[int, int]]:
    """Return the 95 % bootstrap interval of the rank of each row.

    A bootstrap sample consists of tasks that are drawn with replacement. All rows have the same drawn tasks, since a
    hard task is usually hard for every row. For each drawn task, as many seeds of a row are drawn with replacement as
    the row has. Rows are ranked by their mean over the drawn tasks and seeds, from 1; equal means share the better
    rank. The interval covers the middle 95 % of the ranks. It is extended to the observed rank if necessary.

    Parameters
    ----------
    rows : sequence of ndarray of float64, each of shape (tasks, seeds of that row)
        Values of a metric, all finite. The rows have the same tasks in the same order. The number of seeds may differ
        between rows.
    higher_is_better : bool
        Whether rank 1 is the highest mean.

    Returns
    -------
    list of (int, int)
        The lowest and the highest rank of each row. The order of the rows does not change their intervals.

    Raises
    ------
    ValueError
        If rows differ in their tasks, or a value is not finite.

    Notes
    -----
    With one task, the interval covers the variation over seeds only. With one seed, it covers the variation over tasks
    only. With one task and one seed, it is the observed rank. If rows are truly equal, their coverage is below 95 %: no
    bootstrap of ranks is exact in this case (Xie, Singh and Zhang 2009).

    References
    ----------
    Goldstein and Spiegelhalter (1996), JRSS A 159(3), 385-443, for intervals of ranks; Davison and Hinkley (1997),
    Bootstrap Methods and their Application, section 3.8, for two levels; Xie, Singh and Zhang (2009), JASA 104(486),
    775-788.

    Examples
    --------
    >>> import numpy as np
    >>> first, second, third = [[0.90], [0.80], [0.70]], [[0.81], [0.88], [0.69]], [[0.5], [0.4], [0.3]]
    >>> rank_intervals([np.array(row) for row in (first, second, third)])
    [(1, 2), (1, 2), (3, 3)]
    """
    if not rows:
        return []
    tasks = len(rows[0])
    if any(row.ndim != 2 or len(row) != tasks or not row.size or not np.isfinite(row).all() for row in rows):
        raise ValueError("every row needs finite values of shape (tasks, seeds), and the same tasks")
    generator = np.random.RandomState(SEED)  # numpy does not change its random streams
    drawn = generator.randint(tasks, size=(DRAWS, tasks))
    # One table of random numbers for all rows, so that the interval of a row does not depend on its position.
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
