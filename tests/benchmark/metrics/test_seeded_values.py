import numpy as np
import pytest

from benchmark.metrics.seeded_values import SeededValues, common_seeds, paired_means

FIRST = SeededValues((0, 1, 2), np.array([[0.9, 0.6, 0.3], [0.8, 0.5, 0.2]]))


def test_rows_are_compared_on_their_common_seeds():
    second = SeededValues((2, 0), np.array([[0.4, 0.8], [0.3, 0.7]]))
    a, b, seeds_a, seeds_b = paired_means(FIRST, second)
    assert common_seeds(FIRST, second) == (0, 2)
    assert (a.tolist(), b.tolist()) == (pytest.approx([0.6, 0.5]), pytest.approx([0.6, 0.5]))
    assert (seeds_a, seeds_b) == (2, 2)


def test_rows_without_a_common_seed_are_compared_by_all_their_seeds():
    a, b, seeds_a, seeds_b = paired_means(FIRST, SeededValues((7,), np.array([[0.1], [0.2]])))
    assert (a.tolist(), b.tolist()) == (pytest.approx([0.6, 0.5]), [0.1, 0.2])
    assert (seeds_a, seeds_b) == (3, 1)


@pytest.mark.parametrize("bad", [np.zeros((2, 2)), np.zeros(3), np.full((3, 1), np.nan), np.zeros((0, 1))])
def test_values_that_are_missing_or_not_finite_are_refused(bad):
    with pytest.raises(ValueError, match="finite values of shape"):
        SeededValues((0,), bad)


@pytest.mark.parametrize(("variance", "degrees"), [(-1.0, 3), (0.1, 0), (float("nan"), 3)])
def test_a_variance_needs_degrees_of_freedom(variance, degrees):
    with pytest.raises(ValueError, match="no variance between seeds"):
        SeededValues((0,), np.zeros((3, 1)), variance, degrees)
