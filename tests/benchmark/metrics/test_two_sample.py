import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmark.metrics.two_sample import Sample, same_mean_p

RUNS = st.lists(st.floats(0, 1), min_size=2, max_size=12)
often = settings(max_examples=100, deadline=None)


def sample(values):
    return Sample(float(np.mean(values)), len(values), float(np.std(values, ddof=1)), len(values) - 1)


def drawn(seed, runs, std=1.0, mean=0.0):
    return mean + std * np.random.RandomState(seed).normal(size=runs)


@often
@given(st.integers(0, 1000), st.integers(2, 12), st.integers(2, 12), st.floats(0.1, 10), st.floats(-2, 2))
def test_it_is_the_larger_p_value_of_welch_and_student_as_scipy_computes_them(seed, n1, n2, std, mean):
    one, other = drawn(seed, n1), drawn(seed + 1, n2, std, mean)
    expected = max(stats.ttest_ind(one, other, equal_var=equal).pvalue for equal in (True, False))
    assert same_mean_p(sample(one), sample(other)) == pytest.approx(expected, abs=1e-10)


@often
@given(RUNS, RUNS)
def test_the_order_of_the_samples_does_not_count(one, other):
    assert same_mean_p(sample(one), sample(other)) == pytest.approx(same_mean_p(sample(other), sample(one)), abs=1e-9)


def test_an_unknown_deviation_is_taken_to_be_that_of_the_other():
    ours = sample(drawn(0, 5))
    p = same_mean_p(ours, Sample(1.0, 10))
    t = (ours.mean - 1.0) / (ours.std * (1 / 5 + 1 / 10) ** 0.5)
    assert p == pytest.approx(2 * stats.t.sf(abs(t), 4), abs=1e-10)
    assert p == same_mean_p(Sample(1.0, 10), ours)
    assert same_mean_p(ours, Sample(1.0, 1)) > p, "one run is less certain than ten"


def test_without_any_deviation_there_is_no_test():
    assert same_mean_p(Sample(0.5, 1), Sample(0.6, 10)) is None


def test_means_without_any_spread_differ_or_do_not():
    assert same_mean_p(Sample(0.5, 3, 0.0, 2), Sample(0.5, 10, 0.0, 9)) == 1.0
    assert same_mean_p(Sample(0.5, 3, 0.0, 2), Sample(0.6, 10, 0.0, 9)) == 0.0


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_of_equal_means_at_most_five_percent_are_told_apart_whatever_the_number_of_seeds(seeds):
    random = np.random.RandomState(seeds)
    rejected = np.mean([same_mean_p(sample(random.normal(size=seeds)), sample(random.normal(size=10))) < 0.05
                        for _ in range(4000)])  # fmt: skip
    assert 0.01 < rejected < 0.06
