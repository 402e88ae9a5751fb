import numpy as np
import pytest

pytestmark = pytest.mark.torch


def test_the_score_is_the_squared_error_of_the_prepared_image(fit, images):
    detector, _ = fit("dcae")
    x = images(6, seed=1)
    prepared = detector.prepare(x).double().numpy()
    errors = ((prepared - detector.reconstruct(x)) ** 2).sum(axis=(1, 2, 3))
    assert detector.score(x)["reconstruction"] == pytest.approx(errors, rel=1e-4)


def test_its_heatmap_sums_to_its_score(fit, images):
    detector, _ = fit("dcae", train=images(30, (9, 13, 3)))
    x = images(4, (9, 13, 3), seed=1)
    maps = detector.heatmap(x)
    assert maps.shape == (4, 9, 13)
    assert maps.sum(axis=(1, 2)) == pytest.approx(detector.score(x)["reconstruction"], rel=1e-4)


def test_a_longer_training_rebuilds_better(fit, images):
    train = np.ascontiguousarray(np.tile(images(4), (10, 1, 1, 1)))
    (short, _), (long, _) = fit("dcae", train, epochs=1), fit("dcae", train, epochs=60, learning_rate=0.01)
    assert long.score(train)["reconstruction"].mean() < 0.7 * short.score(train)["reconstruction"].mean()
