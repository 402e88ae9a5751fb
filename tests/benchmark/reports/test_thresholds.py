import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.interfaces.outcome import ScoredSet
from benchmark.metrics.conformal import ConformalThreshold
from benchmark.reports.thresholds import LABEL_FREE, YOUDEN, Threshold, label_free, operating_points, rates

HELD_OUT, TRAIN = np.arange(1.0, 100.0), np.arange(1.0, 1000.0)


def threshold(value, *, held_out=True, images=99):
    return Threshold(ConformalThreshold(value, images, images), held_out)


def scored(normal, anomalous=(), rules=("distance",)):
    scores = np.concatenate([normal, anomalous]).astype(np.float64)
    y = np.arange(len(scores)) >= len(normal)
    return ScoredSet(y=y, labels=y.astype(np.int64), rules=rules, scores=np.stack([scores] * len(rules)))


def test_the_threshold_is_the_conformal_one_of_the_held_out_normal_images_where_there_are_any():
    sets = {"validation": scored(HELD_OUT, anomalous=np.full(500, 1e6)), "train": scored(TRAIN), "test": scored([7.0])}
    found = label_free(sets, "distance")
    assert found == Threshold(ConformalThreshold(95.0, 95, 99), held_out=True)
    assert (
        found.origin == "the conformal threshold of the scores of held-out normal images for a false-alarm rate of 5 %"
    )
    assert found.text == (
        "95, rank 95 of the scores of 99 held-out normal images, for a false-alarm rate of at most 5 %: expected 5.0 %,"
        " for 90 % of such thresholds 2.0 to 9.0 %"
    )


@pytest.mark.parametrize("held_out", [{}, {"validation": scored([], anomalous=[1.0, 2.0])}])
def test_without_held_out_normal_images_it_is_that_of_the_training_images_and_its_rate_is_unknown(held_out):
    found = label_free({**held_out, "train": scored(TRAIN)}, "distance")
    assert found == Threshold(ConformalThreshold(950.0, 950, 999), held_out=False)
    assert "training images (none were held out)" in found.origin
    assert found.text.endswith("training images (none were held out), so its false-alarm rate is not known")
    assert found.false_alarms is None


def test_too_few_held_out_images_give_none_and_the_training_images_do_not_replace_them():
    why = label_free({"validation": scored(np.arange(12.0)), "train": scored(TRAIN)}, "distance")
    assert why.startswith("too few held-out normal images (12) for a false-alarm rate of 5 %: it needs 19")


def test_what_is_judged_on_the_held_out_images_has_its_threshold_from_others():
    sets = {"validation": scored(HELD_OUT), "train": scored(TRAIN)}
    assert label_free(sets, "distance", judged_on="validation").value == 950.0


@pytest.mark.parametrize(
    "sets", [{}, {"test": scored(TRAIN)}, {"train": scored([0.0, np.inf])}, {"train": scored(TRAIN, rules=("other",))}]
)
def test_without_usable_scores_of_normal_images_there_is_no_threshold(sets):
    assert label_free(sets, "distance") == "the store has no scores of normal images to compute it from"


def test_sensitivity_and_specificity_are_what_counting_gives_and_a_score_at_the_threshold_is_not_flagged():
    y = np.array([False, False, False, False, True, True, True])
    scores = np.array([0.0, 1.0, 2.0, 3.0, 2.0, 3.0, 4.0])
    assert rates(y, scores, 2.0) == pytest.approx((2 / 3, 3 / 4))
    assert rates(y, scores, -np.inf) == (1.0, 0.0)
    assert rates(y, scores, 4.0) == (0.0, 1.0)


def counted(y, scores, threshold):
    """Sensitivity and specificity, image by image."""
    flagged = [score > threshold for score in scores]
    caught = sum(flag for flag, anomalous in zip(flagged, y, strict=True) if anomalous)
    alone = sum(not flag for flag, anomalous in zip(flagged, y, strict=True) if not anomalous)
    return caught / sum(y), alone / (len(y) - sum(y))


TRUTH = st.lists(st.booleans(), min_size=2, max_size=60).filter(lambda y: 0 < sum(y) < len(y))


@given(y=TRUTH, data=st.data())
def test_every_point_is_the_best_that_any_threshold_gives(y, data):
    scores = np.array(data.draw(st.lists(st.integers(0, 12), min_size=len(y), max_size=len(y))), dtype=np.float64)
    every = [counted(y, scores, threshold) for threshold in [-np.inf, *scores]]
    for point in operating_points(np.array(y), scores):
        assert (point.sensitivity, point.specificity) == pytest.approx(counted(y, scores, point.threshold))
        for name in point.names:
            if name == YOUDEN:
                assert point.sensitivity + point.specificity == pytest.approx(max(map(sum, every)))
                continue
            kind, share = name.split()
            if kind == "specificity":
                best = max(sensitivity for sensitivity, specificity in every if specificity >= float(share) - 1e-9)
                assert (point.sensitivity, point.specificity >= float(share) - 1e-9) == (pytest.approx(best), True)
            else:
                best = max(specificity for sensitivity, specificity in every if sensitivity >= float(share) - 1e-9)
                assert (point.specificity, point.sensitivity >= float(share) - 1e-9) == (pytest.approx(best), True)


def test_points_go_down_the_thresholds_and_cover_the_curve():
    random = np.random.RandomState(0)
    y = np.arange(1000) % 3 == 0
    points = operating_points(y, random.normal(size=1000) + y, threshold(1.5))
    assert 10 <= len(points) <= 15
    assert [point.threshold for point in points] == sorted((point.threshold for point in points), reverse=True)
    assert [point.sensitivity for point in points] == sorted(point.sensitivity for point in points)
    names = [name for point in points for name in point.names]
    assert {"specificity 0.99", "specificity 0.5", "sensitivity 0.95", YOUDEN, LABEL_FREE} <= set(names)


def test_the_label_free_point_alone_needs_no_labels():
    y, scores = np.array([False, False, True, True]), np.array([0.0, 1.0, 2.0, 3.0])
    points = operating_points(y, scores, threshold(2.5, held_out=False))
    assert [(point.threshold, point.sensitivity) for point in points if not point.needs_labels] == [(2.5, 0.5)]
    assert all(point.needs_labels for point in operating_points(y, scores))


def test_points_that_fall_together_are_one_with_all_their_names():
    y = np.array([False, True])
    (point,) = operating_points(y, np.array([0.0, 1.0]), threshold(0.0))
    assert {YOUDEN, LABEL_FREE, "specificity 0.99", "sensitivity 0.95"} <= set(point.names)
    assert (point.sensitivity, point.specificity) == (1.0, 1.0)
