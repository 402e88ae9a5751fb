import os
from dataclasses import replace

import numpy as np
import pytest

from benchmark import FitContext, NotFitted, build_detector
from benchmark.engines import TrialFinished
from benchmark.engines.processes import ProcessEngine
from benchmark.protocol import DatasetChoice, DetectorChoice, Request, plan
from benchmark.registry import registry

pytestmark = pytest.mark.keras

SMOKE = {"filters": [4, 8], "latent_dim": 3, "epochs": 2, "batch_size": 16}


@pytest.fixture(scope="module", autouse=True)
def keras():
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="-1")
    from benchmark import frameworks

    frameworks.load("keras", threads=1)
    import keras

    return keras


def images(n=48, shape=(8, 8, 1), seed=0):
    made = np.random.RandomState(seed).uniform(size=(n, *shape)).astype(np.float32)
    made.flags.writeable = False
    return made


def fitted(shape=(8, 8, 1), **params):
    from benchmark import frameworks

    frameworks.seed_everything("keras", 0)
    detector = build_detector("ocvae", {**SMOKE, **params})
    detector.fit(images(shape=shape), FitContext())
    return detector


def test_the_combined_score_weighs_its_two_parts():
    scores = fitted(weight=0.3).score(images(seed=1))
    assert list(scores) == ["combined", "reconstruction", "centre_distance"]
    assert scores["combined"] == pytest.approx(0.7 * scores["reconstruction"] + 0.3 * scores["centre_distance"])


def test_the_parts_are_sums_over_pixels_and_code_dimensions():
    detector = fitted()
    x = images(5, seed=1)
    codes = detector._model.codes(x)
    rebuilt = np.asarray(detector._model(x))
    scores = detector.score(x)
    assert scores["reconstruction"] == pytest.approx(((x - rebuilt) ** 2).sum(axis=(1, 2, 3)), rel=1e-5)
    centre = np.asarray(detector._model.centre)
    assert scores["centre_distance"] == pytest.approx(((codes - centre) ** 2).sum(axis=1), rel=1e-5)


def test_the_centre_is_the_barycentre_of_the_codes_and_no_trained_variable():
    model = fitted()._model
    assert np.asarray(model.centre) == pytest.approx(model.codes(images()).mean(axis=0), abs=1e-5)
    assert all(variable is not model.centre for variable in model.trainable_variables)


def test_reported_losses_are_means_over_the_images_of_the_epoch():
    """By a learning rate that changes nothing, and batches of 16, 16 and 1."""
    reports = []
    detector = build_detector("ocvae", {**SMOKE, "epochs": 1, "learning_rate": 1e-12, "weight": 1.0})
    x = images(33)
    detector.fit(x, FitContext(listener=lambda report, score: reports.append(report)))
    codes = detector._model.codes(x)
    expected = ((codes - codes.mean(axis=0)) ** 2).sum(axis=1).mean()
    assert reports[0].losses["centre_distance"] == pytest.approx(expected, rel=1e-4)


def test_the_centre_moves_with_every_epoch():
    detector = build_detector("ocvae", {**SMOKE, "epochs": 3})
    centres = []

    def listen(report, score):
        score(images(4))  # the model of this very moment
        centres.append(np.asarray(detector._model.centre).copy())

    detector.fit(images(), FitContext(listener=listen))
    assert len(centres) == 3
    assert not np.allclose(centres[0], centres[1])
    assert not np.allclose(centres[1], centres[2])


def test_half_the_squared_distance_is_the_kl_divergence_to_the_centre():
    """KL(N(m, S) || N(c, I)) by its definition, from samples, against what the loss counts."""
    model = fitted(posterior="learned", weight=1.0)._model
    x = images(4, seed=2)
    heads = model.encoder(x)
    mean, log_variance = (np.asarray(heads[name], dtype=np.float64) for name in ("mean", "log_variance"))
    centre = np.asarray(model.centre)
    deviation = np.exp(log_variance / 2)
    z = mean + deviation * np.random.RandomState(0).normal(size=(200_000, *mean.shape))
    log_ratio = 0.5 * ((z - centre) ** 2 - ((z - mean) / deviation) ** 2 - log_variance).sum(axis=-1)
    losses = {name: float(value) for name, value in model.losses_of(x).items()}
    assert losses["loss"] / 2 == pytest.approx(log_ratio.mean(), rel=0.02)
    assert losses["spread"] > 0


def test_the_unit_posterior_learns_no_variance():
    model = fitted(weight=1.0)._model
    assert set(model.encoder(images(2))) == {"mean"}
    losses = {name: float(value) for name, value in model.losses_of(images(4)).items()}
    assert losses["loss"] == pytest.approx(losses["centre_distance"])


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_at_its_ends_the_weight_trains_one_part_alone(weight):
    model = fitted(weight=weight)._model
    losses = {name: float(value) for name, value in model.losses_of(images(4)).items()}
    assert losses["loss"] == pytest.approx(losses["centre_distance" if weight else "reconstruction"])


@pytest.mark.parametrize("shape", [(8, 8, 1), (7, 9, 3), (5, 5, 1), (28, 28, 1), (33, 20, 3)])
def test_any_size_goes_in_and_comes_out(shape):
    detector = fitted(shape=shape, epochs=1)
    assert detector._model(images(2, shape)).shape == (2, *shape)
    assert detector.score(images(2, shape))["combined"].shape == (2,)


def test_two_calls_agree_and_neighbours_do_not_matter():
    detector = fitted()
    x = images(20, seed=3)
    whole, again = detector.score(x), detector.score(x)
    parts = [detector.score(x[:7]), detector.score(x[7:])]
    for rule in whole:
        assert np.array_equal(whole[rule], again[rule])
        assert np.concatenate([p[rule] for p in parts]) == pytest.approx(whole[rule], rel=1e-5)


def test_it_must_be_fitted_first():
    with pytest.raises(NotFitted, match="'ocvae' must be fitted"):
        build_detector("ocvae").score(images(2))


def run(jobs):
    engine = ProcessEngine(workers=1)
    return [event.outcome for event in engine.run(jobs) if isinstance(event, TrialFinished)]


def test_a_fresh_worker_and_one_that_has_run_others_give_identical_scores():
    request = Request(
        detectors=(DetectorChoice(name="ocvae", preset="smoke"),),
        datasets=(DatasetChoice(name="digits"),),
        classes="0,3",
    )
    first, job = plan(request, registry())
    params = {**first.trial.params, "posterior": "learned", "latent_dim": 5}
    other = replace(first, trial=replace(first.trial, params=params, seed=7))
    (fresh,) = run([job])
    used = run([first, other, job])
    assert [outcome.status for outcome in (fresh, *used)] == ["ok"] * 4
    assert not np.array_equal(used[0].sets["train"].scores[:, :50], fresh.sets["train"].scores[:, :50])
    for name, scored in fresh.sets.items():
        assert np.array_equal(scored.scores, used[-1].sets[name].scores), name
    assert [c["losses"] for c in fresh.curves] == [c["losses"] for c in used[-1].curves]


@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="needs MNIST: set BENCH_DATA")
@pytest.mark.slow
def test_on_real_mnist_a_short_training_finds_most_anomalies():
    choice = DetectorChoice(name="ocvae", values={"epochs": 6})
    request = Request(detectors=(choice,), datasets=(DatasetChoice(name="mnist"),), classes="0")
    (outcome,) = run(plan(request, registry()))
    assert outcome.status == "ok"
    assert outcome.metrics["combined"]["roc_auc"].value > 0.95
    losses = [curve["losses"]["loss"] for curve in outcome.curves]
    assert losses == sorted(losses, reverse=True)
