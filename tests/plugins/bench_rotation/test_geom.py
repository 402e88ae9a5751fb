import numpy as np
import pytest

from benchmark import FitContext
from benchmark.registry import registry

pytestmark = pytest.mark.torch


def test_the_normality_is_that_of_the_paper(fit, images):
    """n(x) = mean over t of sum over k of (alpha_tk - 1) log p_k(T_t(x)), written out; the score is its negative."""
    import torch

    from bench_rotation.transformations import geometric, pixel_maps, transformed

    detector, _ = fit("geom", steps=5)
    x = images(4, seed=1)
    pixels = detector.prepare(x)
    alpha = detector.values["concentrations"].numpy()
    expected, softmax = np.zeros(4), np.zeros(4)
    for t, pixel_map in enumerate(pixel_maps(geometric(8), 8)):
        with torch.inference_mode():
            p = torch.softmax(detector.network(transformed(pixels, pixel_map)).double(), dim=1).numpy()
        expected -= ((alpha[t] - 1) * np.log(p)).sum(axis=1) / 72
        softmax -= p[:, t] / 72
    scores = detector.score(x)
    assert scores["dirichlet"] == pytest.approx(expected, rel=1e-4)
    assert scores["softmax"] == pytest.approx(softmax, rel=1e-4)


def test_the_dirichlet_distributions_are_those_of_maximum_likelihood_for_the_training_images(fit, images):
    from bench_rotation.dirichlet import concentrations

    train = images(30)
    detector, _ = fit("geom", train, steps=5, dirichlet_images=0)
    views = detector.forward_views(detector.prepare(train), detector.network)
    mean_logs = np.concatenate([detector.log_probabilities(view).numpy() for view in views]).mean(axis=0)
    assert detector.values["concentrations"].numpy() == pytest.approx(concentrations(mean_logs), rel=1e-6)


def test_fewer_images_give_other_dirichlet_distributions(fit, images):
    train = images(30)
    all_of_them, _ = fit("geom", train, steps=5, dirichlet_images=0)
    few, _ = fit("geom", train, steps=5, dirichlet_images=5)
    assert (few.values["concentrations"] != all_of_them.values["concentrations"]).any()


def test_images_are_padded_with_black_to_32_pixels_and_lie_between_minus_1_and_1(fit, images):
    detector, _ = fit("geom", images(6, (28, 28, 1)), steps=1, filters=[4])
    x = images(2, (28, 28, 1), seed=1)
    prepared = detector.prepare(x).reshape(2, 32, 32, 1).numpy()
    assert np.array_equal(prepared[:, 2:30, 2:30], 2 * x - 1)
    assert (prepared[:, :2] == -1).all()
    assert (prepared[:, :, 30:] == -1).all()


def test_images_need_not_be_square(fit, images):
    detector, _ = fit("geom", images(6, (9, 13, 3)), steps=1)
    assert detector.side == 16
    assert np.isfinite(detector.score(images(2, (9, 13, 3), seed=1))["dirichlet"]).all()


def test_only_the_upright_image_is_encoded(fit, images):
    detector, _ = fit("geom", steps=1)
    x, batches = images(6, seed=1), []
    expected = next(iter(detector.forward_views(detector.prepare(x), detector.network.features)))[0]
    hook = detector.network.features.register_forward_hook(lambda module, given, codes: batches.append(len(codes)))
    codes = detector.embed(x)
    hook.remove()
    assert batches == [6]
    assert np.array_equal(codes, expected.numpy())


def test_noise_is_more_anomalous_than_images_like_the_training_images(fit):
    random = np.random.RandomState(0)
    ramp = np.linspace(0, 1, 8)[:, None] * np.linspace(1, 0.5, 8)[None]  # asymmetric: every transformation shows

    def ramps(n):
        return np.clip(ramp + random.normal(scale=0.02, size=(n, 8, 8)), 0, 1).astype(np.float32)[..., None]

    detector, _ = fit("geom", ramps(60), steps=150)
    normal, noise = (detector.score(x)["dirichlet"] for x in (ramps(40), random.rand(40, 8, 8, 1).astype(np.float32)))
    assert normal.max() < np.median(noise)


def test_a_loaded_detector_scores_the_same(fit, images, tmp_path):
    detector, _ = fit("geom", steps=3)
    detector.save(tmp_path)
    again = type(detector)(detector.config)
    again.load(tmp_path)
    x = images(5, seed=1)
    for rule, scores in detector.score(x).items():
        assert np.array_equal(again.score(x)[rule], scores)


def test_the_recipe_of_the_publication_is_that_of_its_code():
    """Adam as Keras has it, batches of 128, ceil(200 / 72) passes over all 72, l2(0.00025) = 0.0005 / 2 on all."""
    config = registry().resolve("geom", {}, preset="paper").config
    assert (config.learning_rate, config.schedule, config.batch_size) == (0.001, "constant", 128)
    assert (config.steps, config.epochs, config.weight_decay) == (0, 3, 0.0005)
    assert (config.dirichlet_images, config.precision) == (0, "float32")


def test_the_recipe_of_the_publication_trains(fit, images):
    detector, reports = fit("geom", images(8), preset="paper", epochs=1)
    assert detector.steps(8) == -(-8 * 72 // 128) == len(reports)
    assert all(np.isfinite(scores).all() for scores in detector.score(images(2, seed=1)).values())


def test_a_second_training_that_fails_keeps_no_values_of_the_first(fit, images, monkeypatch):
    detector, _ = fit("geom", steps=3)
    monkeypatch.setattr(type(detector), "fit_scorer", lambda self, pixels: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(MemoryError):
        detector.fit(images(), FitContext())
    assert not detector.values
