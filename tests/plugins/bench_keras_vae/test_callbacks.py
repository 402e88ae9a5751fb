import math
from types import SimpleNamespace

import numpy as np
import pytest

from benchmark import TrainingCollapsed

pytestmark = pytest.mark.keras

BALANCES = ["fixed", "value", "gradient"]


@pytest.mark.parametrize("balance", BALANCES)
def test_every_epoch_reports_losses_gradient_norms_and_the_learning_rate(reports_of, balance):
    for report in reports_of("ocvae", balance=balance):
        assert set(report.losses) == {"loss", "reconstruction", "centre_distance"}
        norms = {"gradient_norm.reconstruction", "gradient_norm.centre_distance"}
        assert set(report.measures) == {*norms, "learning_rate"}
        assert all(report.measures[name] > 0 for name in norms)
        assert report.measures["learning_rate"] == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("vae", {"reconstruction", "kl"}),
        ("yoto_ocvae", {"reconstruction", "centre_distance"}),
        ("ocnn", {"centre_distance"}),
    ],
)
def test_each_detector_reports_its_own_terms(reports_of, name, terms):
    report = reports_of(name)[-1]
    assert set(report.losses) == {"loss", *terms}
    assert set(report.measures) == {"learning_rate", *(f"gradient_norm.{term}" for term in terms)}


def test_the_reported_rate_follows_the_schedule(reports_of):
    reports = reports_of("ocnn", epochs=3, schedule="drop", drop_epoch=1, learning_rate=0.01)
    assert [r.measures["learning_rate"] for r in reports[1:]] == pytest.approx([0.001] * 2)


def test_the_score_function_uses_the_model_of_that_epoch(fit, images):
    """Between epochs scores differ, and the last are those of the fitted detector."""
    seen = []
    detector = fit("ocvae", listen=lambda _, __, score: seen.append(score(images(4))), learning_rate=0.02)
    for rule, scores in detector.score(images(4)).items():
        assert not np.array_equal(seen[0][rule], seen[1][rule]), rule
        assert np.array_equal(seen[1][rule], scores), rule


class Encoder:
    """A model that returns the given codes, one array for each call."""

    def __init__(self, *codes, noise_deviation=0.0, centre_moves=True):
        self.noise_deviation, self.centre_moves = noise_deviation, centre_moves
        self.arrays, self.placed, self.counts = list(codes), [], []

    def codes(self, images, condition):
        self.counts.append(len(images))
        return self.arrays.pop(0)

    def monitor_condition(self, count):
        return None

    def place_centre(self, barycentre, *, first):
        self.placed.append((barycentre.tolist(), first))


@pytest.fixture
def monitor(keras):
    """A function that returns a monitor after `on_train_begin`, and the model that it monitors."""
    from bench_keras_vae.callbacks import CodeMonitor

    def monitor(*codes, count=4, **attributes):
        model = Encoder(*codes, **attributes)
        callback = CodeMonitor(model, np.zeros((count, 8, 8, 1), np.float32))
        callback.on_train_begin()
        return callback, model

    return monitor


CODES = np.random.RandomState(0).normal(size=(4, 2, 3)) + 1


def test_the_centre_gets_the_barycentre_before_the_training_and_after_each_epoch(monitor):
    callback, model = monitor(CODES, 2 * CODES)
    callback.on_epoch_end(0)
    mean = CODES.reshape(-1, 3).mean(axis=0)
    assert model.placed == [(pytest.approx(mean.tolist()), True), (pytest.approx((2 * mean).tolist()), False)]


def test_the_statistics_are_set_after_every_epoch(monitor):
    callback, model = monitor(CODES, 2 * CODES)
    assert model.statistics.mean == pytest.approx(CODES.mean(axis=(0, 1)))
    callback.on_epoch_end(0)
    assert model.statistics.mean == pytest.approx(2 * CODES.mean(axis=(0, 1)))


ROUND = CODES - CODES.mean(axis=(0, 1))
ROUND /= np.sqrt((ROUND**2).sum(axis=-1).mean())  # they lie 1 around their barycentre, which is zero


@pytest.mark.parametrize("share", [0.9e-3, 0.0])
def test_a_spread_of_a_thousandth_of_the_codes_length_is_a_collapse(monitor, share):
    callback, _ = monitor(ROUND, [1, 0, 0] + share * ROUND)
    with pytest.raises(TrainingCollapsed, match="after epoch 3 every image has the same code"):
        callback.on_epoch_end(2)


def test_a_larger_spread_is_not(monitor):
    callback, _ = monitor(ROUND, [1, 0, 0] + 1.1e-3 * ROUND)
    callback.on_epoch_end(2)


def test_codes_that_are_small_and_differ_are_no_collapse(monitor):
    callback, _ = monitor(ROUND, 1e-9 * ROUND)
    callback.on_epoch_end(0)


def test_a_spread_of_a_thousandth_of_the_noise_is_a_collapse(monitor):
    callback, _ = monitor(ROUND, 1.9e-3 * ROUND, noise_deviation=2.0)
    with pytest.raises(TrainingCollapsed):
        callback.on_epoch_end(0)


def test_after_the_training_a_hundredth_of_the_noise_is_a_collapse(monitor):
    callback, _ = monitor(ROUND, 9e-3 * ROUND, 9e-3 * ROUND, noise_deviation=1.0)
    callback.on_epoch_end(0)
    with pytest.raises(TrainingCollapsed, match="after the training every image"):
        callback.on_train_end()


@pytest.mark.parametrize(("moves", "expected"), [(True, [2500, 2500, 2500]), (False, [2500, 1250, 2500])])
def test_between_epochs_a_sample_is_encoded_unless_the_centre_moves(monitor, moves, expected):
    callback, model = monitor(ROUND, ROUND, ROUND, count=2500, centre_moves=moves)
    callback.on_epoch_end(0)
    callback.on_train_end()
    assert model.counts == expected


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_codes_that_are_not_finite_are_a_collapse(monitor, wrong):
    callback, _ = monitor(CODES, np.full_like(CODES, wrong))
    with pytest.raises(TrainingCollapsed, match="codes are not finite after epoch 1"):
        callback.on_epoch_end(0)


def test_epochs_are_counted_from_1_after_those_of_earlier_trainings(keras):
    from bench_keras_vae.callbacks import EpochReporter

    reports = []
    context = SimpleNamespace(epoch=lambda number, **rest: reports.append((number, rest)))
    reporter = EpochReporter(context, (), before=7, of=20, score=None, prefix="first.")
    reporter.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.5)))
    reporter.on_epoch_end(0, {"loss": 2.0, "gradient_norm.kl": 3.0})
    measures = {"first.gradient_norm.kl": 3.0, "learning_rate": 0.5}
    assert reports == [(8, {"of": 20, "losses": {"first.loss": 2.0}, "measures": measures, "score": None})]
