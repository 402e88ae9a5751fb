"""Two copies of one detector must not be told apart more often than a test at 5 % may."""

import numpy as np
import pytest

from benchmark.metrics.paired_difference import difference
from benchmark.metrics.paired_tests import wilcoxon
from benchmark.metrics.rank_bootstrap import rank_intervals
from benchmark.metrics.seeded_values import SeededValues, paired_means

TASKS, BOARDS = 10, 500
MOST = 0.05 + 2 * (0.05 * 0.95 / BOARDS) ** 0.5
"""5 % plus two standard errors of the simulation."""


def copies(generator, seeds, *, common=0.0, own=1.0):
    """Two copies: score = task effect (shared) + copy x seed effect (shared by tasks) + copy x task x seed effect."""
    task = generator.normal(90, 5, size=(TASKS, 1))
    for _ in range(2):
        luck = generator.normal(0, common, size=(1, seeds))
        values = task + luck + generator.normal(0, own, size=(TASKS, seeds))
        if seeds > 1:
            yield SeededValues(
                tuple(range(seeds)), values, float(values.var(axis=1, ddof=1).mean()), TASKS * (seeds - 1)
            )
        else:  # borrowed from another row with three seeds
            yield SeededValues((0,), values, own**2 * generator.chisquare(20) / 20, 20)


@pytest.mark.parametrize("seeds", [1, 3, 5])
def test_two_copies_with_independent_seeds_are_rarely_told_apart(seeds):
    generator = np.random.default_rng(seeds)
    by_test = by_interval = by_rank = 0
    for _ in range(BOARDS):
        a, b = copies(generator, seeds)
        first, second, _, _ = paired_means(a, b)
        by_test += wilcoxon(first - second) < 0.05
        found = difference(a, b)
        by_interval += found.low > 0 or found.high < 0
        by_rank += sorted(rank_intervals([a, b])) == [(1, 1), (2, 2)]
    assert max(by_test, by_interval, by_rank) / BOARDS <= MOST
    assert min(by_test, by_interval) / BOARDS >= 0.02, "the tests are not merely silent"


def test_copies_whose_tasks_share_the_luck_of_a_seed_are_told_apart_in_more_than_half_of_all_cases():
    # So trials of protocol version 1 have no p-value. Deviations as measured for deep_svdd: 1.2 in common, 1.0 of each.
    generator = np.random.default_rng(7)
    apart = 0
    for _ in range(BOARDS):
        a, b = copies(generator, 1, common=1.2)
        apart += wilcoxon(a.values[:, 0] - b.values[:, 0]) < 0.05
    assert apart / BOARDS == pytest.approx(0.57, abs=0.06)
