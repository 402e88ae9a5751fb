import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmark.interfaces.errors import OneSidedLabels
from benchmark.metrics.builtin import (
    SPECS,
    average_precision,
    average_precision_at_10,
    fpr_at_95_tpr,
    roc_auc,
    roc_auc_standard_error,
)

RANKINGS = [roc_auc, average_precision, average_precision_at_10, fpr_at_95_tpr]
EVERY = [*RANKINGS, roc_auc_standard_error]


def labelled(values, *, of_each=1):
    """(y, scores) with both kinds of image in any order."""
    pairs = st.lists(st.tuples(st.booleans(), values), min_size=2 * of_each, max_size=40)
    both = pairs.filter(lambda drawn: of_each <= sum(y for y, _ in drawn) <= len(drawn) - of_each)
    return both.map(lambda drawn: (np.array([y for y, _ in drawn]), np.array([s for _, s in drawn], dtype=float)))


GRID = st.integers(-6, 6).map(lambda value: value / 4)
"""Few values, so many ties; and far enough apart that no map below makes two of them one."""

ANY = GRID | st.floats(-1e12, 1e12)
often = settings(max_examples=40, deadline=None)


@often
@given(labelled(ANY))
def test_roc_auc_is_that_of_scikit_learn(drawn):
    assert roc_auc(*drawn) == pytest.approx(roc_auc_score(*drawn), abs=1e-12)


@often
@given(labelled(ANY))
def test_average_precision_is_that_of_scikit_learn(drawn):
    assert average_precision(*drawn) == pytest.approx(average_precision_score(*drawn), abs=1e-12)


@often
@given(labelled(ANY))
def test_average_precision_at_10_is_that_of_scikit_learn_with_weights(drawn):
    y, scores = drawn
    weights = np.where(y, 0.1 / y.sum(), 0.9 / (~y).sum())
    expected = average_precision_score(y, scores, sample_weight=weights)
    assert average_precision_at_10(y, scores) == pytest.approx(expected, abs=1e-9)


@often
@given(labelled(GRID, of_each=2), st.integers(2, 5))
def test_repeating_the_images_of_a_side_does_not_change_average_precision_at_10(drawn, times):
    y, scores = drawn
    more = np.concatenate([y, *[y[y]] * times]), np.concatenate([scores, *[scores[y]] * times])
    assert average_precision_at_10(*more) == pytest.approx(average_precision_at_10(y, scores), abs=1e-12)
    assert average_precision_at_10(y, np.zeros(len(y))) == pytest.approx(0.1)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.chance is not None], ids=lambda spec: spec.name)
def test_a_random_ranking_of_many_images_has_the_value_of_chance(spec):
    random = np.random.RandomState(0)
    y = np.arange(10_000) >= 1_000
    values = [spec.compute(y, random.normal(size=len(y))) for _ in range(20)]
    assert np.mean(values) == pytest.approx(spec.chance, abs=0.01)


def test_chance_is_the_share_of_anomalous_images_for_plain_average_precision():
    y = np.arange(10_000) >= 1_000
    assert average_precision(y, np.random.RandomState(0).normal(size=len(y))) == pytest.approx(0.9, abs=0.01)


@often
@given(labelled(ANY))
def test_fpr_at_95_tpr_is_that_of_trying_every_threshold(drawn):
    y, scores = drawn
    rates = []
    for threshold in sorted(set(scores), reverse=True):
        if 20 * (scores[y] >= threshold).sum() >= 19 * y.sum():
            rates.append((scores[~y] >= threshold).mean())
    assert fpr_at_95_tpr(y, scores) == rates[0]


@often
@given(labelled(ANY, of_each=2))
def test_the_standard_error_is_delongs_over_every_pair_of_images(drawn):
    y, scores = drawn
    wins = [[(a > b) + (a == b) / 2 for b in scores[~y]] for a in scores[y]]
    variances = [np.var(np.mean(wins, axis=axis), ddof=1) / len(scores[kind]) for axis, kind in ((1, y), (0, ~y))]
    assert roc_auc_standard_error(y, scores) == pytest.approx(math.sqrt(sum(variances)), abs=1e-9)


@often
@given(labelled(ANY))
def test_turning_the_scores_round_turns_the_area_round(drawn):
    y, scores = drawn
    assert roc_auc(y, -scores) == pytest.approx(1 - roc_auc(y, scores), abs=1e-12)


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("increasing", [np.exp, np.arctan, lambda scores: 1000 * scores - 7])
@settings(max_examples=10, deadline=None)
@given(drawn=labelled(GRID, of_each=2))
def test_only_the_order_of_the_scores_counts(metric, increasing, drawn):
    y, scores = drawn
    assert metric(y, increasing(scores)) == metric(y, scores)


@pytest.mark.parametrize("metric", EVERY)
@settings(max_examples=15, deadline=None)
@given(drawn=labelled(GRID, of_each=2), random=st.randoms(use_true_random=False))
def test_the_order_of_the_images_does_not_count(metric, drawn, random):
    y, scores = drawn
    order = list(range(len(y)))
    random.shuffle(order)
    assert metric(y[order], scores[order]) == pytest.approx(metric(y, scores), abs=1e-12)


@pytest.mark.parametrize(
    ("normal", "anomalous", "area"), [([1], [1], 0.5), ([1, 2], [2, 3], 0.875), ([2], [1], 0.0), ([1], [2], 1.0)]
)
def test_a_tie_counts_half(normal, anomalous, area):
    y = np.array([False] * len(normal) + [True] * len(anomalous))
    assert roc_auc(y, np.array([*normal, *anomalous], dtype=float)) == area


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("kind", [True, False])
def test_one_kind_of_image_alone_has_no_number(metric, kind):
    with pytest.raises(OneSidedLabels, match="all 3 are anomalous" if kind else "all 3 are normal"):
        metric(np.full(3, kind), np.array([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("y", [[True, False, False], [False, True, True]])
def test_one_image_of_a_kind_gives_no_standard_error(y):
    assert roc_auc_standard_error(np.array(y), np.array([1.0, 2.0, 3.0])) is None


@pytest.mark.parametrize(("anomalous", "caught"), [(20, 19), (40, 38), (100, 95), (19, 19), (10, 10)])
def test_exactly_95_percent_caught_is_enough(anomalous, caught):
    # One normal image ranks just below the anomalous image that makes it 95 %, before all the rest.
    scores = np.arange(anomalous + 1, 0, -1, dtype=float)
    y = np.ones(anomalous + 1, dtype=bool)
    y[caught] = False
    assert fpr_at_95_tpr(y, scores) == 0.0
    y[[caught - 1, caught]] = y[[caught, caught - 1]]
    assert fpr_at_95_tpr(y, scores) == 1.0


@pytest.mark.parametrize("metric", RANKINGS)
def test_scores_may_be_as_large_as_a_float_gets(metric):
    y = np.array([False, True, True])
    assert metric(y, np.array([-1.7e308, 1.7e308, -1.7e308])) == metric(y, np.array([0.0, 1.0, 0.0]))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
@settings(max_examples=15, deadline=None)
@given(drawn=labelled(GRID))
def test_a_value_lies_in_the_range_of_its_spec(spec, drawn):
    lowest, highest = spec.range
    assert lowest <= spec.compute(*drawn) <= highest


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_perfect_ranking_reaches_the_better_end_of_the_range(spec):
    best = max(spec.range) if spec.higher_is_better else min(spec.range)
    assert spec.compute(np.array([False, False, True, True]), np.array([1.0, 2.0, 3.0, 4.0])) == best
