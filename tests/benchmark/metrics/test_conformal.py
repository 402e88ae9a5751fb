import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.metrics.conformal import ConformalThreshold, conformal_threshold, fewest_images


@given(st.integers(1, 600), st.sampled_from([0.01, 0.05, 0.1, 0.3]))
def test_the_rank_is_the_smallest_that_flags_at_most_alpha_of_new_images(n, alpha):
    thousandths = round(1000 * alpha)
    threshold = conformal_threshold(np.arange(1.0, n + 1), alpha)
    # A new image is equally likely at each of the n + 1 places among the others; of these, n + 1 - rank are above.
    allowed = [rank for rank in range(1, n + 1) if 1000 * (n + 1 - rank) <= thousandths * (n + 1)]
    if threshold is None:
        assert not allowed
        assert n < fewest_images(alpha)
    else:
        assert (threshold.rank, threshold.value, threshold.images) == (allowed[0], float(allowed[0]), n)
        assert n >= fewest_images(alpha)


def test_the_order_of_the_scores_does_not_count_and_ties_do_no_harm():
    assert conformal_threshold(np.arange(19.0)[::-1]).value == 18.0
    assert conformal_threshold(np.zeros(30)).value == 0.0


@pytest.mark.parametrize(("n", "alpha"), [(19, 0.05), (100, 0.05), (500, 0.05), (30, 0.1)])
def test_new_normal_images_are_flagged_as_often_as_it_says(n, alpha):
    random = np.random.RandomState(n)
    rates, low, high = [], *conformal_threshold(np.arange(float(n)), alpha).false_alarm_range()
    for _ in range(2000):
        # Of uniform scores, the share above a value is 1 - value.
        rates.append(1 - conformal_threshold(random.uniform(size=n), alpha).value)
    assert np.mean(rates) == pytest.approx((n + 1 - conformal_threshold(np.zeros(n), alpha).rank) / (n + 1), abs=0.004)
    assert np.mean(rates) <= alpha + 0.004
    assert 0.88 <= np.mean([low <= rate <= high for rate in rates]) <= 0.92


def test_the_interpolated_quantile_of_twelve_images_flags_twice_as_many():
    random = np.random.RandomState(0)
    rates = [1 - np.quantile(random.uniform(size=12), 0.95) for _ in range(4000)]
    assert 0.10 < np.mean(rates) < 0.12, "which is why there is no threshold from 12 images"
    assert conformal_threshold(np.zeros(12)) is None


def test_the_range_narrows_with_the_images():
    low, high = ConformalThreshold(0.0, 476, 500).false_alarm_range()
    assert (low, high) == (pytest.approx(0.0349, abs=1e-4), pytest.approx(0.0668, abs=1e-4))
    wide = ConformalThreshold(0.0, 19, 19).false_alarm_range()
    assert wide[0] < low < high < wide[1]


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1])
def test_an_impossible_rate_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha"):
        conformal_threshold(np.zeros(30), alpha)
