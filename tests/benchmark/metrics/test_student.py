import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from benchmark.metrics.student import beta_quantile, incomplete_beta, student_p, student_quantile

often = settings(max_examples=200, deadline=None)
PARAMETERS = st.floats(0.1, 3000)


@often
@given(PARAMETERS, PARAMETERS, st.floats(0, 1))
def test_the_incomplete_beta_function_is_that_of_scipy(a, b, x):
    assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), abs=1e-11)


@often
@given(st.floats(-50, 50), st.floats(0.5, 500))
def test_the_p_value_of_t_is_that_of_scipy(t, freedom):
    assert student_p(t, freedom) == pytest.approx(2 * special.stdtr(freedom, -abs(t)), abs=1e-7)


@often
@given(st.floats(0.6, 0.9999), st.floats(0.5, 500))
def test_the_quantile_of_t_is_that_of_scipy(p, freedom):
    assert student_quantile(p, freedom) == pytest.approx(special.stdtrit(freedom, p), rel=1e-9)


@often
@given(st.floats(0.001, 0.999), st.integers(1, 500), st.integers(1, 500))
def test_a_beta_quantile_is_that_of_scipy(p, a, b):
    assert beta_quantile(p, a, b) == pytest.approx(special.betaincinv(a, b, p), abs=1e-11)


def test_an_infinite_t_has_a_p_value_of_zero_and_zero_has_one():
    assert (student_p(math.inf, 3), student_p(0.0, 3)) == (0.0, 1.0)


@pytest.mark.parametrize("arguments", [(0, 1, 0.5), (1, -1, 0.5), (1, 1, 1.5), (1, 1, np.nan)])
def test_arguments_out_of_range_are_refused(arguments):
    with pytest.raises(ValueError, match="invalid parameters"):
        incomplete_beta(*arguments)
    with pytest.raises(ValueError, match="probability"):
        student_quantile(1.0, 3)
