import numpy as np
import pytest

pytestmark = pytest.mark.torch


def probabilities(detector, x):
    """Of each turn under each turn, (4 turns, n, 4 predictions), by turning the images with numpy."""
    import torch

    side = detector.side
    prepared = detector.prepare(x).reshape(len(x), side, side, -1).numpy()
    turned = [np.rot90(prepared, turns, axes=(1, 2)).transpose(0, 3, 1, 2).copy() for turns in range(4)]
    with torch.inference_mode():
        return np.stack([torch.softmax(detector.network(torch.from_numpy(t)).double(), 1).numpy() for t in turned])


def test_the_likelihood_is_summed_over_the_true_turns(fit, images):
    detector, _ = fit("rotnet", steps=5)
    x = images(6, seed=1)
    p = probabilities(detector, x)
    expected = -sum(np.log(p[turns, :, turns]) for turns in range(4))
    assert detector.score(x)["rotation_likelihood"] == pytest.approx(expected, rel=1e-4)
    assert detector.score(x)["max_softmax"] == pytest.approx(-np.log(p.max(axis=2)).sum(axis=0), rel=1e-4)


def test_mahalanobis_is_the_distance_of_the_features_under_each_turn_from_their_mean(fit, images):
    train = images(40)
    detector, _ = fit("rotnet", train, steps=5, filters=[4, 6])
    features = detector.features(detector.prepare(train)).numpy()  # (40, 4, 6)
    means = features.mean(axis=0)
    covariance = np.mean([np.cov(features[:, t].T, bias=True) for t in range(4)], axis=0)
    x = images(5, seed=1)
    centred = detector.features(detector.prepare(x)).numpy() - means
    expected = [sum(a @ np.linalg.solve(covariance, a) for a in image) for image in centred]
    assert detector.score(x)["mahalanobis"] == pytest.approx(expected, rel=1e-2)


def test_constant_features_give_finite_scores(fit):
    grey = np.full((20, 8, 8, 1), 0.5, np.float32)
    detector, _ = fit("rotnet", grey, steps=5)
    assert np.isfinite(detector.score(grey[:3])["mahalanobis"]).all()


def test_turned_images_are_more_anomalous_than_upright_ones(fit):
    random = np.random.RandomState(0)

    def bright_at_the_top(n):
        bright = random.uniform(0, 0.3, size=(n, 8, 8, 1)).astype(np.float32)
        bright[:, :3] += 0.7
        return bright

    detector, reports = fit("rotnet", bright_at_the_top(60), steps=100, shift=1)
    assert reports[-1][0].measures["accuracy"] > 0.95
    normal = bright_at_the_top(30)
    turned = np.rot90(normal, 1, axes=(1, 2)).copy()
    normal, turned = (detector.score(x)["rotation_likelihood"] for x in (normal, turned))
    assert normal.max() < turned.min()


@pytest.mark.parametrize("name", ["rotnet", "rotation_vae"])
def test_flips_and_shifts_are_applied_only_in_training(fit, name):
    detector, _ = fit(name, steps=2, flips=True, shift=2)
    assert len(detector.training_transformations(8)) == 2 * 25 * 4
    assert len(detector.maps) == 4


def test_the_codes_are_the_features_of_the_upright_image(fit, images):
    detector, _ = fit("rotnet", steps=5)
    x = images(6, seed=1)
    assert np.array_equal(detector.embed(x), detector.features(detector.prepare(x))[:, 0].numpy())


def test_turns_of_images_symmetric_under_a_half_turn_cannot_be_distinguished(fit):
    """Like an 8 or a 0: two of the four turns give the same image, so each can have a probability of one half."""
    random = np.random.RandomState(0)
    half = random.rand(60, 8, 8, 1).astype(np.float32)
    symmetric = np.maximum(half, np.rot90(half, 2, axes=(1, 2)))
    detector, _ = fit("rotnet", symmetric, steps=100, flips=False, shift=0)
    assert detector.score(symmetric)["rotation_likelihood"].min() > 3.9 * np.log(2)
