import numpy as np
import pytest

from bench_keras_vae.distances import CodeStatistics, distances

CODES = np.random.RandomState(0).normal(size=(200, 4, 3)) @ np.array([[3, 0, 0], [1, 0.5, 0], [0, 2, 0.1]]) + 5
CENTRE = np.array([4.0, 5.0, 6.0])
STATISTICS = CodeStatistics.of(CODES)


def rules(codes=CODES, *, spatial=True):
    return distances(codes, CENTRE, STATISTICS, spatial=spatial)


def of_each(image):
    """Return what a rule is, by a loop over images and superpixels."""
    return pytest.approx([np.mean([image(code) for code in codes]) for codes in CODES])


def test_the_centre_distance_is_the_mean_squared_distance_of_the_superpixels():
    assert rules()["centre_distance"] == of_each(lambda code: ((code - CENTRE) ** 2).sum())


def test_the_l1_distance_sums_absolute_differences():
    assert rules()["centre_distance_l1"] == of_each(lambda code: abs(code - CENTRE).sum())


def test_the_latent_norm_knows_no_centre():
    assert rules()["latent_norm"] == of_each(lambda code: (code**2).sum())


def test_the_mahalanobis_distance_is_that_of_the_inverse_covariance():
    flat = CODES.reshape(-1, 3)
    inverse, mean = np.linalg.inv(np.cov(flat.T, bias=True)), flat.mean(axis=0)
    assert rules()["mahalanobis"] == of_each(lambda code: (code - mean) @ inverse @ (code - mean))


def test_whitened_training_codes_have_the_identity_as_covariance():
    white = (CODES.reshape(-1, 3) - STATISTICS.mean) @ STATISTICS.whitening
    assert white.T @ white / len(white) == pytest.approx(np.eye(3), abs=1e-9)


def test_a_direction_that_the_codes_do_not_use_does_not_decide():
    flat = CODES * [1, 1, 0]
    off = flat[:1] + np.array([0, 0, 0.001])
    statistics = CodeStatistics.of(flat)
    change = distances(off, CENTRE, statistics, spatial=True)["mahalanobis"]
    largest = np.linalg.eigvalsh(np.cov(flat.reshape(-1, 3).T, bias=True))[-1]
    before = distances(flat[:1], CENTRE, statistics, spatial=True)["mahalanobis"]
    assert change - before == pytest.approx(0.001**2 / (1e-6 * largest), rel=1e-3)


def test_codes_that_are_all_one_have_finite_distances_to_themselves():
    same = np.ones((5, 1, 3))
    assert np.all(distances(same, CENTRE, CodeStatistics.of(same), spatial=False)["mahalanobis"] == 0)


def test_the_worst_superpixel_is_at_least_as_far_as_their_mean():
    found = rules()
    assert found["centre_distance_max"] == pytest.approx(((CODES - CENTRE) ** 2).sum(axis=2).max(axis=1))
    assert np.all(found["centre_distance_max"] >= found["centre_distance"])


def test_a_vector_has_no_worst_superpixel():
    assert "centre_distance_max" not in rules(spatial=False)


def test_no_rule_knows_where_a_superpixel_is():
    moved = rules(CODES[:, [2, 0, 3, 1]])
    for rule, scores in rules().items():
        assert moved[rule] == pytest.approx(scores), rule
