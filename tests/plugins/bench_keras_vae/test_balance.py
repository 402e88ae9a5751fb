import numpy as np
import pytest
from toy_balance import STEPS, factors_after

pytestmark = pytest.mark.keras

TERMS = ("reconstruction", "kl")


@pytest.fixture
def balance(keras):
    from bench_keras_vae.balance import Balance

    return lambda how: Balance(how, TERMS)


def factors_of(factors):
    return np.array([float(factors[name]) for name in TERMS])


def updated(balance, steps):
    """Return the factors after steps of (value, value, norm, norm)."""
    for step in steps:
        values, norms = (dict(zip(TERMS, np.float32(pair), strict=True)) for pair in (step[:2], step[2:]))
        factors = balance.update(values, norms)
    return factors_of(factors)


@pytest.mark.parametrize("how", ["fixed", "value", "gradient"])
def test_before_the_first_step_every_factor_is_1(balance, how):
    assert factors_of(balance(how).factors()) == pytest.approx([1, 1])


def test_a_fixed_balance_stays_at_1(balance):
    assert updated(balance("fixed"), [(5, 7, 3, 2)] * 3) == pytest.approx([1, 1])


def test_by_value_all_terms_become_equal(balance):
    assert updated(balance("value"), [(4, 0.5, 9, 9)] * 5) == pytest.approx([2 / 9, 16 / 9], rel=1e-4)


def test_by_gradient_all_gradients_become_equal(balance):
    assert updated(balance("gradient"), [(9, 9, 4, 0.5)] * 5) == pytest.approx([2 / 9, 16 / 9], rel=1e-4)


@pytest.mark.parametrize("how", ["value", "gradient"])
def test_the_factors_are_those_of_the_definition(balance, how):
    steps = [(*step, 1.0, 1.0) if how == "value" else (1.0, 1.0, *step) for step in STEPS]
    assert updated(balance(how), steps) == pytest.approx(factors_after(STEPS), rel=1e-5)


@pytest.mark.parametrize("how", ["value", "gradient"])
def test_the_factors_sum_to_the_number_of_terms(balance, how):
    assert updated(balance(how), [(4, 0.5, 3, 7), (1, 2, 3, 4)]).sum() == pytest.approx(2)


def test_the_factor_of_a_term_that_vanishes_is_at_most_a_hundred_times_that_of_another(balance):
    factors = updated(balance("value"), [(1, 0, 1, 1)] * 3)
    assert factors[1] / factors[0] == pytest.approx(100, rel=1e-3)


def test_the_running_mean_forgets_by_a_hundredth_a_step(balance):
    seen = [3.0, 5.0, 10.0]
    shares = 0.99 ** np.array([2, 1, 0])
    mean = (shares * seen).sum() / shares.sum()
    factors = updated(balance("value"), [(value, 1, 1, 1) for value in seen])
    assert factors[1] / factors[0] == pytest.approx(mean, rel=1e-4)


def test_a_term_that_vanishes_leaves_the_factors_finite(balance):
    assert np.isfinite(updated(balance("gradient"), [(1, 0, 1, 0)] * 2)).all()


def test_update_returns_the_factors_that_are_read_afterwards(balance):
    balanced = balance("gradient")
    assert updated(balanced, [(1, 2, 3, 4), (4, 3, 2, 1)]) == pytest.approx(factors_of(balanced.factors()))


@pytest.mark.parametrize("how", ["value", "gradient"])
def test_after_a_training_factor_times_running_mean_is_equal_for_all_terms(fitted, how):
    balance = fitted("vae", balance=how).model.balance
    running, factors = np.asarray(balance.running), factors_of(balance.factors())
    bounded = np.maximum(running, running.max() / 100)
    assert factors * bounded == pytest.approx(np.full(2, (factors * bounded).mean()), rel=1e-4)
    assert factors[0] != pytest.approx(factors[1], rel=0.05)
