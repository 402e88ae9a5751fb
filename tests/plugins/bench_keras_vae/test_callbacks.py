import math
from types import SimpleNamespace

import numpy as np
import pytest

from benchmark import TrainingCollapsed

pytestmark = pytest.mark.keras

BALANCES = ["fixed", "value", "gradient"]


@pytest.mark.parametrize("balance", BALANCES)
def test_every_epoch_tells_losses_gradient_norms_and_the_learning_rate(reports_of, balance):
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
def test_each_detector_tells_of_its_own_terms(reports_of, name, terms):
    report = reports_of(name)[-1]
    assert set(report.losses) == {"loss", *terms}
    assert set(report.measures) == {"learning_rate", *(f"gradient_norm.{term}" for term in terms)}


def test_the_reported_rate_follows_the_schedule(reports_of):
    reports = reports_of("ocnn", epochs=3, schedule="drop", drop_epoch=1, learning_rate=0.01)
    assert [r.measures["learning_rate"] for r in reports[1:]] == pytest.approx([0.001] * 2)


def test_the_score_that_is_offered_is_of_this_very_moment(fit, images):
    """Between epochs scores differ, and the last are those of the fitted detector."""
    seen = []
    detector = fit("ocvae", listen=lambda _, __, score: seen.append(score(images(4))), learning_rate=0.02)
    for rule, scores in detector.score(images(4)).items():
        assert not np.array_equal(seen[0][rule], seen[1][rule]), rule
        assert np.array_equal(seen[1][rule], scores), rule


class Encoder:
    """A model that answers with the codes it is given, one look after the other."""

    deviation, follows = 0.0, True

    def __init__(self, *looks):
        self.looks, self.placed, self.looked_at = list(looks), [], []

    def codes(self, images, *condition):
        self.looked_at.append(len(images))
        return self.looks.pop(0)

    def survey_condition(self, count):
        return ()

    def place_centre(self, barycentre, *, first):
        self.placed.append((barycentre.tolist(), first))


@pytest.fixture
def survey(keras):
    from bench_keras_vae.callbacks import Survey

    def survey(*looks, count=4, **attributes):
        made = Survey(np.zeros((count, 8, 8, 1), np.float32))
        made.set_model(Encoder(*looks))
        vars(made.model).update(attributes)
        made.on_train_begin()
        return made

    return survey


CODES = np.random.RandomState(0).normal(size=(4, 2, 3)) + 1


def test_the_centre_is_offered_the_barycentre_before_and_after(survey):
    made = survey(CODES, 2 * CODES)
    made.on_epoch_end(0)
    mean = CODES.reshape(-1, 3).mean(axis=0)
    assert made.model.placed == [
        (pytest.approx(mean.tolist()), True),
        (pytest.approx((2 * mean).tolist()), False),
    ]


def test_the_rules_learn_their_statistics_after_every_epoch(survey):
    made = survey(CODES, 2 * CODES)
    assert made.model.statistics.mean == pytest.approx(CODES.mean(axis=(0, 1)))
    made.on_epoch_end(0)
    assert made.model.statistics.mean == pytest.approx(2 * CODES.mean(axis=(0, 1)))


ROUND = CODES - CODES.mean(axis=(0, 1))
ROUND /= np.sqrt((ROUND**2).sum(axis=-1).mean())  # they lie 1 around their barycentre, which is zero


@pytest.mark.parametrize("share", [0.9e-3, 0.0])
def test_a_spread_of_a_thousandth_of_the_codes_size_is_a_collapse(survey, share):
    with pytest.raises(TrainingCollapsed, match="after epoch 3 every image has the same code"):
        survey(ROUND, [1, 0, 0] + share * ROUND).on_epoch_end(2)


def test_a_greater_spread_is_none(survey):
    survey(ROUND, [1, 0, 0] + 1.1e-3 * ROUND).on_epoch_end(2)


def test_codes_that_are_small_and_differ_are_no_collapse(survey):
    survey(ROUND, 1e-9 * ROUND).on_epoch_end(0)


def test_a_spread_of_a_thousandth_of_the_noise_is_a_collapse(survey):
    with pytest.raises(TrainingCollapsed):
        survey(ROUND, 1.9e-3 * ROUND, deviation=2.0).on_epoch_end(0)


def test_in_the_end_a_hundredth_of_the_noise_is_one(survey):
    survey(ROUND, 9e-3 * ROUND, deviation=1.0).on_epoch_end(0)
    with pytest.raises(TrainingCollapsed, match="after the training every image"):
        survey(ROUND, 9e-3 * ROUND, deviation=1.0).on_train_end()


@pytest.mark.parametrize(("follows", "expected"), [(True, [2500, 2500, 2500]), (False, [2500, 1250, 2500])])
def test_between_epochs_a_sample_is_enough_unless_the_centre_follows(survey, follows, expected):
    made = survey(ROUND, ROUND, ROUND, count=2500, follows=follows)
    made.on_epoch_end(0)
    made.on_train_end()
    assert made.model.looked_at == expected


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_codes_that_are_no_numbers_are_a_collapse(survey, wrong):
    with pytest.raises(TrainingCollapsed, match="codes are not finite after epoch 1"):
        survey(CODES, np.full_like(CODES, wrong)).on_epoch_end(0)


def test_epochs_are_counted_from_1_behind_those_of_earlier_trainings(keras):
    from bench_keras_vae.callbacks import EpochReporter

    told = []
    context = SimpleNamespace(epoch=lambda number, **rest: told.append((number, rest)))
    teller = EpochReporter(context, before=7, of=20, score=None, prefix="first.")
    mean = SimpleNamespace(loss_means={"loss": None}, optimizer=SimpleNamespace(learning_rate=0.5))
    teller.set_model(mean)
    teller.on_epoch_end(0, {"loss": 2.0, "gradient_norm.kl": 3.0})
    measures = {"first.gradient_norm.kl": 3.0, "learning_rate": 0.5}
    assert told == [(8, {"of": 20, "losses": {"first.loss": 2.0}, "measures": measures, "score": None})]
