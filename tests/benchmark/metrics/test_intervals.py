import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.metrics.builtin import roc_auc, roc_auc_standard_error
from benchmark.metrics.intervals import logit_interval

often = settings(max_examples=100, deadline=None)
AREAS = st.floats(0, 1)
ERRORS = st.floats(0, 1e300)


@often
@given(AREAS, ERRORS, st.floats(0.001, 0.999))
def test_an_interval_lies_in_the_range_of_an_area_and_has_the_area_within(area, error, level):
    found = logit_interval(area, error, level=level)
    if found is None:
        assert error == 0 or area in (0, 1)
    else:
        low, high = found
        assert 0 <= low <= area <= high <= 1


@often
@given(st.floats(0.001, 0.999), st.floats(1e-6, 0.5))
def test_a_mirrored_area_has_the_mirrored_interval(area, error):
    low, high = logit_interval(area, error)
    assert logit_interval(1 - area, error) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@often
@given(st.floats(0.01, 0.99), st.floats(1e-4, 0.03))
def test_a_higher_level_and_a_larger_error_make_it_wider(area, error):
    low, high = logit_interval(area, error)
    for wider in (logit_interval(area, error, level=0.99), logit_interval(area, 2 * error)):
        assert wider[0] < low
        assert wider[1] > high


def test_it_is_the_formula():
    # logit 0.9 is ln 9; 0.03 / (0.9 * 0.1) is 1/3; 1.959964 standard errors on that scale, and back.
    ends = [1 / (1 + math.exp(-(math.log(9) + sign * 1.959964 / 3))) for sign in (-1, 1)]
    assert logit_interval(0.9, 0.03) == pytest.approx(ends, abs=1e-7)


def test_with_degrees_of_freedom_it_is_that_of_students_t():
    low, high = logit_interval(0.9, 0.03, freedom=8)
    ends = [1 / (1 + math.exp(-(math.log(9) + sign * 2.306004 / 3))) for sign in (-1, 1)]
    assert (low, high) == pytest.approx(ends, abs=1e-7)


@pytest.mark.parametrize(("area", "error"), [(0.9, None), (1.0, 0.0), (0.0, 0.0), (1.0, 0.1), (0.5, 0.0)])
def test_nothing_is_said_where_nothing_honest_can_be(area, error):
    assert logit_interval(area, error) is None


@pytest.mark.parametrize(
    ("area", "error", "level"),
    [(math.nan, 0.1, 0.95), (1.1, 0.1, 0.95), (0.9, -0.1, 0.95), (0.9, math.nan, 0.95), (0.9, 0.1, 1.0)],
)
def test_numbers_out_of_range_are_refused(area, error, level):
    with pytest.raises(ValueError, match="invalid area"):
        logit_interval(area, error, level=level)


def test_a_perfect_ranking_has_no_interval_although_delong_is_sure_of_it():
    y, scores = np.array([False, False, True, True]), np.arange(4.0)
    assert (roc_auc(y, scores), roc_auc_standard_error(y, scores)) == (1.0, 0.0)
    assert logit_interval(1.0, 0.0) is None


@pytest.mark.parametrize(("separation", "images"), [(0.5, 40), (1.5, 40), (2.5, 120)])
def test_it_covers_the_true_area_about_as_often_as_it_says(separation, images):
    # Two normal distributions of one width: the area is Phi(separation / sqrt 2).
    generator = np.random.default_rng(9)
    true = 0.5 * (1 + math.erf(separation / 2))
    y = np.arange(2 * images) < images
    covered = 0
    for scores in generator.normal(size=(1000, 2 * images)) + separation * y:
        low, high = logit_interval(roc_auc(y, scores), roc_auc_standard_error(y, scores)) or (1, 1)
        covered += low <= true <= high
    assert 0.93 <= covered / 1000 <= 0.97
