from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_hybrid.gaussian import gaussian
from bench_hybrid.reference import Reference

SHAPES = {
    "n": st.integers(2, 40),
    "d": st.integers(1, 5),
    "size": st.integers(1, 90),
    "seed": st.integers(0, 2**32 - 1),
}


def drawn(n, d, seed):
    return np.random.default_rng(seed).normal(size=(n, d))


@given(**SHAPES)
def test_a_uniform_reference_stays_within_the_range_of_each_coordinate(n, d, size, seed):
    codes = drawn(n, d, seed)
    reference = Reference.of(codes, "uniform", size=size, seed=seed).points
    assert reference.shape == (size, d)
    assert (reference >= codes.min(axis=0)).all()
    assert (reference <= codes.max(axis=0)).all()


@given(**SHAPES)
def test_a_shuffled_reference_keeps_the_values_of_each_coordinate(n, d, size, seed):
    codes = drawn(n, d, seed)
    reference = Reference.of(codes, "shuffled", size=size, seed=seed).points
    assert reference.shape == (size, d)
    for column, values in zip(reference.T, codes.T, strict=True):
        often = Counter(column)
        assert set(often) <= set(values)
        assert {often[value] for value in values} <= {size // n, -(-size // n)}


@pytest.mark.parametrize("size", [500, 1_500])
def test_a_shuffled_reference_forgets_how_coordinates_go_together(size):
    line = np.linspace(0, 1, 500)
    reference = Reference.of(np.column_stack([line, line]), "shuffled", size=size, seed=0).points
    assert abs(np.corrcoef(reference.T)[0, 1]) < 0.15


@pytest.mark.parametrize("kind", ["gaussian", "uniform", "shuffled"])
def test_the_seed_decides(codes, kind):
    one, again, other = (Reference.of(codes(), kind, size=50, seed=seed).points for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_constant_coordinate_stays_constant(codes):
    flat = np.column_stack([codes(), np.full(200, 2.5)])
    for kind in ("uniform", "shuffled"):
        assert (Reference.of(flat, kind, size=300, seed=0).points[:, 3] == 2.5).all()


def test_only_of_the_gaussian_the_density_is_known(codes):
    training, at = codes(), codes(20, seed=1)
    known = Reference.of(training, "gaussian", size=50, seed=0)
    assert known.log_density(at) == pytest.approx(-gaussian(training).score(at))
    for kind in ("uniform", "shuffled"):
        assert not Reference.of(training, kind, size=50, seed=0).log_density(at).any()
