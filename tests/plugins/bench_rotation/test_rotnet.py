import numpy as np
import pytest

pytestmark = pytest.mark.torch


def answers(detector, x):
    """Probabilities (4 turns, n, 4 answers), by turning the images with numpy."""
    import torch

    side = detector.side
    ready = detector.ready(x).reshape(len(x), side, side, -1).numpy()
    turned = [np.rot90(ready, turns, axes=(1, 2)).transpose(0, 3, 1, 2).copy() for turns in range(4)]
    with torch.inference_mode():
        return np.stack([torch.softmax(detector.network(torch.from_numpy(t)).double(), 1).numpy() for t in turned])


def test_the_likelihood_is_summed_over_the_true_turns(fit, images):
    detector, _ = fit("rotnet", steps=5)
    x = images(6, seed=1)
    p = answers(detector, x)
    wanted = -sum(np.log(p[turns, :, turns]) for turns in range(4))
    assert detector.score(x)["rotation_likelihood"] == pytest.approx(wanted, rel=1e-4)
    assert detector.score(x)["max_softmax"] == pytest.approx(-np.log(p.max(axis=2)).sum(axis=0), rel=1e-4)


def test_mahalanobis_is_the_distance_of_the_features_under_each_turn_from_their_mean(fit, images):
    train = images(40)
    detector, _ = fit("rotnet", train, steps=5, filters=[4, 6])
    features = detector.features(detector.ready(train)).numpy()  # (40, 4, 6)
    means = features.mean(axis=0)
    covariance = np.mean([np.cov(features[:, t].T, bias=True) for t in range(4)], axis=0)
    x = images(5, seed=1)
    away = detector.features(detector.ready(x)).numpy() - means
    wanted = [sum(a @ np.linalg.solve(covariance, a) for a in image) for image in away]
    assert detector.score(x)["mahalanobis"] == pytest.approx(wanted, rel=1e-2)


def test_features_that_never_change_do_not_break_it(fit):
    grey = np.full((20, 8, 8, 1), 0.5, np.float32)
    detector, _ = fit("rotnet", grey, steps=5)
    assert np.isfinite(detector.score(grey[:3])["mahalanobis"]).all()


def test_what_is_turned_is_more_anomalous_than_what_was_learnt(fit):
    random = np.random.RandomState(0)

    def bright_at_the_top(n):
        made = random.uniform(0, 0.3, size=(n, 8, 8, 1)).astype(np.float32)
        made[:, :3] += 0.7
        return made

    detector, reports = fit("rotnet", bright_at_the_top(60), steps=100, shift=1)
    assert reports[-1][0].measures["accuracy"] > 0.95
    normal = bright_at_the_top(30)
    turned = np.rot90(normal, 1, axes=(1, 2)).copy()
    normal, turned = (detector.score(x)["rotation_likelihood"] for x in (normal, turned))
    assert normal.max() < turned.min()


@pytest.mark.parametrize("name", ["rotnet", "rotation_vae"])
def test_flips_and_shifts_are_seen_in_training_alone(fit, name):
    detector, _ = fit(name, steps=2, flips=True, shift=2)
    assert len(detector.seen_in_training(8)) == 2 * 25 * 4
    assert len(detector.maps) == 4


def test_the_codes_are_the_features_of_the_upright_image(fit, images):
    detector, _ = fit("rotnet", steps=5)
    x = images(6, seed=1)
    assert np.array_equal(detector.embed(x), detector.features(detector.ready(x))[:, 0].numpy())


def test_what_looks_the_same_turned_by_half_cannot_be_told_apart(fit):
    """An 8 or a 0: two of the four turns are the same image, so no network can be surer than an even guess."""
    random = np.random.RandomState(0)
    half = random.rand(60, 8, 8, 1).astype(np.float32)
    symmetric = np.maximum(half, np.rot90(half, 2, axes=(1, 2)))
    detector, _ = fit("rotnet", symmetric, steps=100, flips=False, shift=0)
    assert detector.score(symmetric)["rotation_likelihood"].min() > 3.9 * np.log(2)
