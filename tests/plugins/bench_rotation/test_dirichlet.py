import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import psi

from bench_rotation.dirichlet import concentrations

pytestmark = pytest.mark.torch


def mean_logs_under(alpha):
    """The expected logarithm of each probability: the limit for infinitely many draws."""
    return psi(alpha) - psi(alpha.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("k", [2, 4, 72])
def test_it_recovers_the_distribution_of_draws(k):
    random = np.random.default_rng(k)
    alpha = random.uniform(0.3, 5.0, size=(3, k))
    draws = np.stack([random.dirichlet(each, size=50_000) for each in alpha])
    assert concentrations(np.log(draws).mean(axis=1)) == pytest.approx(alpha, rel=0.05)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(-3.0, 3.0), min_size=2, max_size=80))
def test_it_recovers_the_parameters_from_the_expected_logarithms(exponents):
    alpha = 10.0 ** np.array([exponents])
    assert concentrations(mean_logs_under(alpha)) == pytest.approx(alpha, rel=1e-4)


def test_predictions_of_a_nearly_certain_network_can_be_fitted():
    logs = np.full((1, 72), -40.0)
    logs[0, 3] = -1e-9
    alpha = concentrations(logs)
    assert np.isfinite(alpha).all()
    assert (alpha > 0).all()
    assert alpha[0].argmax() == 3
    assert mean_logs_under(alpha) == pytest.approx(logs, rel=1e-3, abs=1e-6)


def test_for_predictions_that_never_vary_the_fit_is_concentrated_on_them():
    """One training image, or many equal ones: the likelihood grows with the concentration without a bound."""
    p = np.random.default_rng(0).dirichlet(np.full(72, 0.5), size=3)
    alpha = concentrations(np.log(p))
    assert np.isfinite(alpha).all()
    assert alpha / alpha.sum(axis=1, keepdims=True) == pytest.approx(p, rel=1e-2)


def test_each_row_is_fitted_for_itself():
    random = np.random.default_rng(0)
    logs = mean_logs_under(random.gamma(1.0, size=(5, 8)) + 0.1)
    alone = np.concatenate([concentrations(row[None]) for row in logs])
    assert concentrations(logs) == pytest.approx(alone, rel=1e-6)
