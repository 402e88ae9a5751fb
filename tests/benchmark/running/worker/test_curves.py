import numpy as np
import pytest

from benchmark import FitContext
from benchmark.running.worker.curves import MAX_MEASUREMENTS, CurveKeeper


def images(values):
    return np.array(values, dtype=np.float32).reshape(-1, 1, 1, 1)


def keeper(**changes):
    asked = {
        "validation": images([0.1, 0.2, 0.9, 0.05]), "y": np.array([False, False, True, True]),
        "sample": images(np.linspace(0, 0.5, 101)), "report_epoch": lambda report: None,
    }  # fmt: skip
    return CurveKeeper(("value",), **{**asked, **changes})


def score(values):
    return {"value": values.reshape(-1).astype(np.float64)}


def test_the_held_out_images_are_measured():
    curves = keeper()
    FitContext(listener=curves).epoch(1, of=1, losses={"loss": 2}, score=score)
    measured = curves.reports[0].validation["value"]
    assert measured["roc_auc"] == pytest.approx(0.5)
    assert measured["mean_normal_score"] == pytest.approx(0.15)
    assert measured["sensitivity"] == 0.5, "above 0.475, the 95 % quantile of the sample, is one of two"
    assert measured["precision"] == 1.0


@pytest.mark.parametrize("epochs", [1, 5, 20, 21, 50, 150, 1000])
def test_at_most_20_epochs_are_measured_and_the_last_one_is(epochs):
    curves = keeper()
    context = FitContext(listener=curves)
    for number in range(1, epochs + 1):
        context.epoch(number, of=epochs, losses={}, score=score)
    measured = [report.number for report in curves.reports if report.validation]
    assert len(measured) == min(epochs, MAX_MEASUREMENTS)
    assert measured[-1] == epochs
    assert len(curves.reports) == epochs, "losses are kept for every epoch"


def test_without_a_score_or_held_out_images_nothing_is_measured():
    for curves, given in ((keeper(), None), (keeper(validation=images([]), y=np.zeros(0, bool)), score)):
        FitContext(listener=curves).epoch(1, of=1, losses={"loss": 1.0}, score=given)
        assert curves.reports[0].validation == {}


def test_scores_that_are_no_numbers_yet_are_no_measurement_and_no_error():
    curves = keeper()
    FitContext(listener=curves).epoch(1, of=1, losses={}, score=lambda v: {"value": score(v)["value"] * np.nan})
    assert set(curves.reports[0].validation["value"].values()) == {None}


def test_with_normal_images_alone_only_their_mean_is_known():
    curves = keeper(y=np.zeros(4, dtype=bool))
    FitContext(listener=curves).epoch(1, of=1, losses={}, score=score)
    measured = curves.reports[0].validation["value"]
    assert measured.pop("mean_normal_score") is not None
    assert set(measured.values()) == {None}


def test_its_time_is_counted_apart():
    import time

    curves = keeper(report_epoch=lambda report: time.sleep(0.05))
    FitContext(listener=curves).epoch(1, of=1, losses={})
    assert curves.seconds >= 0.05
