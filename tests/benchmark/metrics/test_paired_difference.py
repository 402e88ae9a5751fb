import math

import numpy as np
import pytest
from scipy import stats

from benchmark.metrics.paired_difference import difference, mean_difference, seeds_needed
from benchmark.metrics.seeded_values import SeededValues


def row(values, *, seeds=None, variance=0.0, degrees=0):
    values = np.asarray(values, dtype=float)
    values = values.reshape(len(values), -1)
    return SeededValues(tuple(seeds or range(values.shape[1])), values, variance, degrees)


def test_the_interval_is_that_of_a_paired_t_test():
    a, b = np.random.default_rng(1).normal(0.8, 0.1, size=(2, 10))
    found, expected = difference(row(a), row(b)), stats.ttest_rel(a, b)
    interval = expected.confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert found.value == pytest.approx((a - b).mean())


def test_only_common_seeds_count():
    several = row([[0.9, 0.1], [0.8, 0.1], [0.6, 0.1]])
    assert difference(several, row([0.8, 0.7, 0.5])) == difference(row([0.9, 0.8, 0.6]), row([0.8, 0.7, 0.5]))


def test_one_task_has_an_interval_from_seeds_where_their_variance_is_known():
    first, second = row([[0.9, 0.8]], variance=0.0002, degrees=4), row([[0.7, 0.6]], variance=0.0006, degrees=9)
    found = difference(first, second)
    half = stats.t(4).ppf(0.975) * math.sqrt(0.0008 / 2)
    assert (found.low, found.high) == (pytest.approx(0.2 - half), pytest.approx(0.2 + half))
    unknown = difference(first, row([[0.7, 0.6]]))
    assert (unknown.value, unknown.low, unknown.high) == (pytest.approx(0.2), None, None)


def test_a_single_difference_has_no_interval():
    found = mean_difference(np.array([0.1]))
    assert (found.value, found.low, found.high) == (0.1, None, None)


@pytest.mark.parametrize("seeds", [1, 3, 10])
def test_the_power_is_that_of_the_t_test(seeds):
    # Ten tasks, a true difference of 0.01, 0.008 between tasks and 0.015 between seeds of both rows together.
    generator = np.random.default_rng(seeds)
    count, tasks, mean, between, noise = 4000, 10, 0.01, 0.008, 0.015
    drawn = (
        mean + generator.normal(0, between, (count, tasks)) + generator.normal(0, noise, (count, tasks, seeds)).mean(2)
    )
    rejected = (stats.ttest_1samp(drawn, 0, axis=1).pvalue < 0.05).mean()
    # Differences with exactly this mean and variance, so that nothing is estimated.
    spread = np.tile([-1.0, 1.0], 5)
    exact = mean + spread * math.sqrt((between**2 + noise**2 / seeds) * 0.9)
    found = seeds_needed(exact, noise**2, seeds)
    assert found.power == pytest.approx(rejected, abs=0.025)
    assert found.between_tasks == pytest.approx(between)


def test_the_number_of_seeds_is_the_smallest_with_a_power_of_80_percent():
    differences = 0.01 + 0.014 * np.tile([-1.0, 1.0], 5)
    found = seeds_needed(differences, 0.015**2, 1)
    error = [math.sqrt((found.between_tasks**2 + 0.015**2 / n) / 10) for n in (found.seeds - 1, found.seeds)]
    bound = stats.t(9).ppf(0.975)
    fewer, enough = (stats.nct(9, 0.01 / e).sf(bound) for e in error)
    assert fewer < 0.8 <= enough


def test_more_seeds_do_not_help_where_tasks_differ_too_much():
    found = seeds_needed(0.01 + 0.05 * np.tile([-1.0, 1.0], 5), 0.001**2, 3)
    assert found.seeds is None
    assert found.between_tasks == pytest.approx(0.05 * math.sqrt(10 / 9), rel=0.01)


def test_without_seeds_that_vary_one_seed_does_what_many_do():
    clear = 0.02 + 0.01 * np.tile([-1.0, 1.0], 5)
    assert seeds_needed(clear, 0.0, 1).seeds == 1
    assert seeds_needed(np.full(6, 0.1), 0.0, 2).power == 1


@pytest.mark.parametrize("differences", [[0.1], [0.1, -0.1]])
def test_one_task_or_no_difference_has_no_answer(differences):
    assert seeds_needed(np.array(differences), 0.01, 1) is None
