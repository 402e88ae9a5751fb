import numpy as np
import pytest

from bench_hybrid.scaling import Scaling
from benchmark import TrainingCollapsed


def test_standardised_codes_have_mean_0_and_variance_1(codes):
    training = 7 + codes() * [1, 10, 100]
    scaled = Scaling.of(training, standardise=True).applied(training)
    assert scaled.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)
    assert scaled.std(axis=0) == pytest.approx(np.ones(3))


def test_otherwise_they_are_only_centred(codes):
    training = 7 + codes() * [1, 10, 100]
    assert Scaling.of(training, standardise=False).applied(training) == pytest.approx(training - training.mean(axis=0))


def test_the_rounding_errors_of_a_constant_coordinate_are_not_amplified(codes):
    almost_constant = np.column_stack([codes(), 3 + 1e-7 * codes(d=1, seed=1)])
    scaled = Scaling.of(almost_constant, standardise=True).applied(almost_constant)
    assert np.abs(scaled[:, 3]).max() < 1e-5
    assert np.abs(scaled[:, :3]).max() > 1


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_codes_that_are_all_one_are_a_collapse(value):
    with pytest.raises(TrainingCollapsed, match="all 9 training images have the same code"):
        Scaling.of(np.full((9, 3), value), standardise=True)
