import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neighbors import KernelDensity

from bench_shallow.density import held_out_log_likelihoods, log_densities
from bench_toolkit import kernel_sums

GRID = np.logspace(-4.5, 5, 20, base=2)
# One leaf holds all: between the leaves of its tree scikit-learn loses digits, and at narrow bandwidths the number.
EXACT = {"leaf_size": 1_000}


@pytest.fixture
def vectors():
    return np.random.RandomState(0).normal(size=(90, 12))


def test_the_density_is_that_of_scikit_learn(vectors):
    at = np.random.RandomState(1).normal(size=(20, 12)) * 2
    ours = log_densities(at, vectors, GRID)
    for row, bandwidth in zip(ours, GRID, strict=True):
        kernels = KernelDensity(bandwidth=bandwidth, **EXACT).fit(vectors)
        assert row == pytest.approx(kernels.score_samples(at), rel=1e-9)


def test_blocks_change_nothing(vectors, monkeypatch):
    whole = log_densities(vectors, vectors[:50], GRID)
    monkeypatch.setattr(kernel_sums, "BLOCK", 7 * 50)
    assert log_densities(vectors, vectors[:50], GRID) == pytest.approx(whole, rel=1e-12)


def test_a_grid_search_of_scikit_learn_finds_the_same_likelihoods(vectors):
    fold_of = np.arange(90) % 5
    search = GridSearchCV(KernelDensity(**EXACT), {"bandwidth": GRID}, cv=PredefinedSplit(fold_of)).fit(vectors)
    ours = held_out_log_likelihoods(vectors, fold_of, GRID)
    # Its score is the sum over a fold, and then the mean over folds.
    assert ours == pytest.approx(search.cv_results_["mean_test_score"] * 5 / 90, rel=1e-9)
    assert GRID[np.argmax(ours)] == search.best_params_["bandwidth"]


def test_every_image_of_unequal_folds_counts_the_same(vectors):
    fold_of = np.repeat([0, 1], [80, 10])
    each = np.concatenate(
        [log_densities(vectors[:80], vectors[80:], GRID), log_densities(vectors[80:], vectors[:80], GRID)], axis=1
    )
    assert held_out_log_likelihoods(vectors, fold_of, GRID) == pytest.approx(each.mean(axis=1))


@pytest.mark.parametrize("bandwidth", [1e-6, 1.0, 1e6])
def test_far_from_all_images_the_density_stays_finite(vectors, bandwidth):
    at = np.concatenate([vectors[:3], vectors[:3] + 1e4])
    (values,) = log_densities(at, vectors, np.array([bandwidth]))
    assert np.isfinite(values).all()
    assert values[:3].min() > values[3:].max()


def test_far_images_keep_their_order_where_each_term_underflows(vectors):
    at = vectors[:1] + np.arange(10, 20)[:, None]
    (values,) = log_densities(at, vectors, np.array([2**-4.5]))
    assert (np.diff(values) < 0).all()
