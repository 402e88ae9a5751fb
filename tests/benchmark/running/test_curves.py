import numpy as np
import pytest

from benchmark.running.curves import measure_epoch

HELD_OUT = np.array([0.1, 0.2, 0.9, 0.05])
Y = np.array([False, False, True, True])
SAMPLE = np.linspace(0, 0.5, 101)


def measured(scores=HELD_OUT, y=Y, sample=SAMPLE):
    return measure_epoch(("value",), y, held_out=scores[None], sample=sample[None])["value"]


def test_the_held_out_images_are_measured():
    values = measured()
    assert values["roc_auc"] == pytest.approx(0.5)
    assert values["mean_normal_score"] == pytest.approx(0.15)
    assert values["sensitivity"] == 0.5, "one of two is above the threshold, which 5 % of the sample exceed"
    assert values["precision"] == 1.0


def test_each_rule_is_measured_by_its_own_scores():
    both = measure_epoch(("a", "b"), Y, held_out=np.stack([HELD_OUT, -HELD_OUT]), sample=np.stack([SAMPLE, -SAMPLE]))
    assert both["a"] == measured()
    assert both["b"]["mean_normal_score"] == pytest.approx(-0.15)


def test_scores_that_are_no_numbers_yet_are_no_measurement_and_no_error():
    assert set(measured(HELD_OUT * np.nan).values()) == {None}


def test_with_normal_images_alone_only_their_mean_is_known():
    values = measured(y=np.zeros(4, dtype=bool))
    assert values.pop("mean_normal_score") is not None
    assert set(values.values()) == {None}
