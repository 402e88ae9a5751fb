import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.covariance import ledoit_wolf

from bench_hybrid.gaussian import Gaussian, gaussian, mahalanobis


def test_the_gaussian_is_half_the_squared_mahalanobis_distance_and_a_constant(codes):
    training, at = codes(), codes(20, seed=1)
    mean, covariance = training.mean(axis=0), ledoit_wolf(training)[0]
    centred = at - mean
    squared = np.einsum("ij,jk,ik->i", centred, np.linalg.inv(covariance), centred)
    scores = gaussian(training).score(at)
    assert scores - 0.5 * squared == pytest.approx(np.full(20, scores[0] - 0.5 * squared[0]))
    assert scores == pytest.approx(-multivariate_normal(mean, covariance).logpdf(at))


def test_many_codes_are_shrunk_less_than_few(codes):
    assert gaussian(codes(2_000)).facts["shrinkage"] < gaussian(codes(10)).facts["shrinkage"]


def test_a_direction_without_variance_has_a_little(codes):
    flat = np.column_stack([codes(), np.zeros(200)])
    inside, outside = np.zeros((1, 4)), np.array([[0, 0, 0, 1.0]])
    scores = gaussian(flat).score(np.concatenate([inside, outside]))
    assert np.isfinite(scores).all()
    assert scores[1] > scores[0]


def test_what_is_drawn_has_its_mean_and_covariance(codes):
    fitted = Gaussian.of(5 + codes())
    drawn = fitted.sample(20_000, np.random.default_rng(0))
    assert drawn.mean(axis=0) == pytest.approx(fitted.mean, abs=0.05)
    expected = fitted.directions * fitted.variances @ fitted.directions.T
    assert np.cov(drawn.T) == pytest.approx(expected, abs=0.1)


def test_the_mahalanobis_distance_orders_as_the_gaussian(codes):
    training, at = codes(), codes(20, seed=1)
    distances, densities = (head(training).score(at) for head in (mahalanobis, gaussian))
    assert distances - 2 * densities == pytest.approx(np.full(20, distances[0] - 2 * densities[0]))
    assert mahalanobis(training).score(training.mean(axis=0)[None]) == pytest.approx(0, abs=1e-9)
