import numpy as np
import pytest
from scipy.spatial.distance import cdist

from bench_toolkit import kernel_sums
from bench_toolkit.kernel_sums import log_kernel_sums


@pytest.fixture
def codes():
    """A function that makes correlated normal points."""

    def make(n=200, d=3, *, seed=0):
        random = np.random.RandomState(seed)
        return random.normal(size=(n, d)) @ (np.eye(d) + 0.5 * np.ones((d, d)))

    return make


def plain(at, centres, gamma, weights):
    return np.log(np.exp(-gamma * cdist(at, centres, "sqeuclidean")) @ weights)


@pytest.mark.parametrize("block", [2**19, 100])
def test_it_is_the_logarithm_of_the_weighted_sum_at_every_gamma(codes, monkeypatch, block):
    monkeypatch.setattr(kernel_sums, "BLOCK", block)
    at, centres, weights = codes(50, seed=1), codes(30), np.linspace(0.1, 1, 30)
    gammas = np.array([0.1, 1.0, 3.0])
    expected = [plain(at, centres, gamma, weights) for gamma in gammas]
    assert log_kernel_sums(at, centres, gammas, weights=weights) == pytest.approx(np.array(expected), rel=1e-9)


def test_without_weights_each_centre_counts_once(codes):
    at, centres, gammas = codes(50, seed=1), codes(30), np.array([0.1, 3.0])
    expected = log_kernel_sums(at, centres, gammas, weights=np.ones(30))
    assert log_kernel_sums(at, centres, gammas) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("block", [2**19, 100])
def test_a_centre_leaves_itself_out(codes, monkeypatch, block):
    monkeypatch.setattr(kernel_sums, "BLOCK", block)
    centres, own = codes(30), np.array([4, 0, 29, 7])
    without = [plain(centres[[i]], np.delete(centres, i, axis=0), 0.7, np.full(29, 0.5))[0] for i in own]
    sums = log_kernel_sums(centres[own], centres, np.array([0.7]), weights=np.full(30, 0.5), own=own)
    assert sums[0] == pytest.approx(without, rel=1e-9)


def test_it_ranks_what_is_too_far_for_any_float(codes):
    far = np.array([[1e3, 0, 0], [2e3, 0, 0], [1e6, 0, 0]])
    sums = log_kernel_sums(far, codes(), np.array([5.0]))[0]
    assert np.isfinite(sums).all()
    assert (np.diff(sums) < 0).all()
