import json

import numpy as np
import pytest

from benchmark.interfaces.detector import Detector, EpochReport, FitContext
from benchmark.interfaces.errors import TrainingCollapsed
from benchmark.results.codec import from_plain, to_plain


class Brightness(Detector):
    def fit(self, images, context):
        self.fitted = True

    def score(self, images):
        return {"brightness": images.mean(axis=(1, 2, 3), dtype=np.float64)}


class Ear:
    def __init__(self):
        self.heard = []

    def __call__(self, report, score):
        self.heard.append((report, score))


@pytest.mark.parametrize("left_out", ["fit", "score"])
def test_a_detector_without_fit_or_score_cannot_be_built(left_out):
    methods = {name: getattr(Brightness, name) for name in ("fit", "score") if name != left_out}
    with pytest.raises(TypeError, match=left_out):
        type("Half", (Detector,), methods)()


def test_facts_are_optional():
    assert Brightness().facts() == {}


@pytest.mark.parametrize("listener", [None, Ear()])
@pytest.mark.parametrize("loss", [float("nan"), float("inf"), -float("inf"), np.float32("nan")])
def test_a_loss_that_is_not_finite_ends_the_training_whoever_listens(loss, listener):
    with pytest.raises(TrainingCollapsed, match=r"the loss 'kl' is -?(nan|inf) in epoch 2 of 5"):
        FitContext(listener=listener).epoch(2, of=5, losses={"total": 1.0, "kl": loss})
    assert listener is None or listener.heard == []


def test_an_epoch_needs_no_listener():
    FitContext().epoch(1, of=1, losses={"loss": 0.5})


def test_the_listener_hears_the_report_and_the_score_function():
    ear, score = Ear(), Brightness().score
    FitContext(listener=ear).epoch(3, of=4, losses={"loss": 0.5}, score=score, measures={"learning_rate": 0.01})
    expected = EpochReport(number=3, of=4, losses={"loss": 0.5}, measures={"learning_rate": 0.01})
    assert ear.heard == [(expected, score)]


def test_what_a_framework_calls_a_number_becomes_a_plain_float():
    ear = Ear()
    FitContext(listener=ear).epoch(1, of=1, losses={"loss": np.float32(0.5)}, measures={"norm": np.array(2)})
    ((report, score),) = ear.heard
    assert [type(value) for value in (*report.losses.values(), *report.measures.values())] == [float, float]
    assert score is None


def test_a_measure_that_is_not_finite_is_none_as_json_has_it():
    ear = Ear()
    FitContext(listener=ear).epoch(1, of=1, losses={}, measures={"gradient_norm": float("inf")})
    assert ear.heard[0][0].measures == {"gradient_norm": None}


def test_the_listener_tells_the_detector_nothing():
    context = FitContext(listener=lambda report, score: "a hint from the validation set")
    assert context.epoch(1, of=1, losses={}) is None


def test_a_detector_cannot_change_its_context():
    with pytest.raises(AttributeError):
        FitContext(seed=1).seed = 2


def test_a_report_survives_the_wire():
    report = EpochReport(
        number=1, of=2, losses={"loss": 0.5}, measures={"norm": 2.0}, validation={"error": {"roc_auc": None}}
    )
    assert from_plain(json.loads(json.dumps(to_plain(report))), EpochReport) == report
