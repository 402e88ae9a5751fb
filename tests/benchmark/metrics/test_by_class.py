"""Areas by class, and the standard error with classes as the unit: definition, special cases, coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.interfaces.errors import OneSidedLabels
from benchmark.metrics.builtin import roc_auc, roc_auc_standard_error
from benchmark.metrics.by_class import class_areas, paired_class_error, roc_auc_class_error
from benchmark.metrics.delong import structural_components
from benchmark.metrics.intervals import logit_interval


@given(
    data=st.data(), sizes=st.lists(st.integers(0, 12), min_size=1, max_size=6).filter(any), normal=st.integers(1, 12)
)
def test_the_area_over_all_anomalies_is_the_mean_over_classes_weighted_by_their_images(data, sizes, normal):
    labels = np.repeat(np.arange(len(sizes) + 1), [normal, *sizes])
    drawn = data.draw(st.lists(st.integers(-5, 5), min_size=len(labels), max_size=len(labels)))
    y, scores = labels > 0, np.array(drawn, dtype=np.float64)
    areas, images = class_areas(y, labels, scores)
    assert images.tolist() == [0, *sizes][: len(images)]
    there = images > 0
    assert np.average(areas[there], weights=images[there]) == pytest.approx(roc_auc(y, scores), abs=1e-12)


DRAWS = 300


def drawn(sizes, normal=40, spread=0.7, seed=0):
    """Normal scores, and classes of anomalies whose means are normally distributed around 1.5."""
    random = np.random.RandomState(seed)
    labels = np.repeat(np.arange(len(sizes) + 1), [normal, *sizes])
    means = np.concatenate([[0.0], 1.5 + spread * random.normal(size=len(sizes))])
    return labels > 0, means[labels] + random.normal(size=len(labels)), labels


def test_of_classes_of_one_size_it_is_the_error_of_the_mean_of_their_areas_and_the_normal_side():
    y, scores, labels = drawn([30] * 9)
    areas = class_areas(y, labels, scores)[0][1:]
    below = structural_components(y, scores)[1]
    expected = math.sqrt(areas.var(ddof=1) / 9 + below.var(ddof=1) / 40)
    assert roc_auc_class_error(y, scores, labels) == pytest.approx(expected, rel=1e-12)


def test_if_every_anomalous_image_is_a_class_of_its_own_it_is_delongs():
    y, scores, _ = drawn([20])
    assert roc_auc_class_error(y, scores, np.arange(len(y))) == pytest.approx(roc_auc_standard_error(y, scores))


def test_a_large_class_weighs_as_much_as_its_images():
    y, scores, labels = drawn([200, 20, 20, 20])
    areas, images = class_areas(y, labels, scores)
    weights = images[1:] / images[1:].sum()
    between = 4 / 3 * (weights**2 * (areas[1:] - roc_auc(y, scores)) ** 2).sum()
    below = structural_components(y, scores)[1]
    assert roc_auc_class_error(y, scores, labels) ** 2 == pytest.approx(between + below.var(ddof=1) / 40)


def test_classes_that_differ_make_it_larger_than_delongs_and_equal_ones_do_not():
    y, scores, labels = drawn([200] * 9, normal=200, spread=0.7)
    assert roc_auc_class_error(y, scores, labels) > 3 * roc_auc_standard_error(y, scores)
    y, scores, labels = drawn([200] * 9, normal=200, spread=0.0)
    assert roc_auc_class_error(y, scores, labels) == pytest.approx(roc_auc_standard_error(y, scores), rel=0.2)


def test_the_error_of_a_difference_is_that_of_the_differences_by_class():
    y, ours, labels = drawn([30] * 9)
    theirs = ours + np.random.RandomState(1).normal(size=len(y))
    apart = (class_areas(y, labels, ours)[0] - class_areas(y, labels, theirs)[0])[1:]
    below = structural_components(y, ours)[1] - structural_components(y, theirs)[1]
    expected = math.sqrt(apart.var(ddof=1) / 9 + below.var(ddof=1) / 40)
    assert paired_class_error(y, labels, ours, theirs) == pytest.approx(expected, rel=1e-12)
    assert paired_class_error(y, labels, ours, ours) == 0.0


@pytest.mark.parametrize("sizes", [[20], [20, 20]])
def test_one_or_two_anomalous_classes_have_none(sizes):
    y, scores, labels = drawn(sizes)
    assert roc_auc_class_error(y, scores, labels) is None


def test_one_normal_image_has_none_and_one_side_is_refused():
    y, scores, labels = drawn([5] * 4, normal=1)
    assert roc_auc_class_error(y, scores, labels) is None
    with pytest.raises(OneSidedLabels):
        roc_auc_class_error(np.ones(3, bool), np.arange(3.0), np.arange(3))


@pytest.mark.parametrize(("classes", "spread"), [(9, 0.7), (9, 0.3), (4, 0.5)])
def test_over_draws_of_classes_it_covers_the_true_area_and_delongs_interval_does_not(classes, spread):
    # Over the population of classes an anomaly is normal with mean 1.5 and variance 1 + spread**2.
    true = 0.5 * (1 + math.erf(1.5 / math.sqrt(2 + spread**2) / math.sqrt(2)))
    by_class = by_image = 0
    for seed in range(DRAWS):
        y, scores, labels = drawn([40] * classes, normal=100, spread=spread, seed=seed)
        area = roc_auc(y, scores)
        low, high = logit_interval(area, roc_auc_class_error(y, scores, labels), freedom=classes - 1)
        by_class += low <= true <= high
        low, high = logit_interval(area, roc_auc_standard_error(y, scores))
        by_image += low <= true <= high
    assert 0.93 <= by_class / DRAWS <= 0.985
    assert by_image < by_class
    assert spread < 0.5 or by_image / DRAWS < 0.75
