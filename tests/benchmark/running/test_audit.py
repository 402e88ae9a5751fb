import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmark.interfaces.errors import ContractBroken
from benchmark.interfaces.outcome import Measure
from benchmark.running.audit import auc_notes, checked_scores, copied, degeneracy, unsteadiness

RULES = ("error", "distance")
GOOD = np.array([1.0, 2.0, 3.0])


def test_scores_that_keep_the_contract_come_back_in_the_order_of_the_rules():
    error, distance = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    checked = checked_scores({"distance": distance, "error": error}, RULES, 2)
    assert list(checked) == ["error", "distance"]
    assert checked["error"] is error


def test_no_images_have_no_scores():
    assert checked_scores({"error": np.empty(0)}, ("error",), 0)["error"].shape == (0,)


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (GOOD, "it returned ndarray"),
        (None, "it returned NoneType"),
        ({}, "must return the rules error, distance; it returned none"),
        ({"error": GOOD}, "it returned error"),
        ({"error": GOOD, "distance": GOOD, "extra": GOOD}, "it returned error, distance, extra"),
        ({"error": GOOD, 0: GOOD}, "it returned error, 0"),
        ({"error": GOOD, "distance": GOOD.astype(np.float32)}, "`score` returned float32 of shape (3,)"),
        ({"error": GOOD, "distance": GOOD > 2}, "`score` returned bool of shape (3,)"),
        ({"error": GOOD, "distance": GOOD[:2]}, "`score` returned float64 of shape (2,)"),
        ({"error": GOOD, "distance": GOOD[:, None]}, "`score` returned float64 of shape (3, 1)"),
        ({"error": GOOD, "distance": [1.0, 2.0, 3.0]}, "rule 'distance' must be float64 of shape (3,)"),
        ({"error": GOOD, "distance": [1.0, 2.0, 3.0]}, "`score` returned list"),
    ],
)
def test_what_breaks_the_contract_is_refused_with_both_sides(returned, says):
    with pytest.raises(ContractBroken, match=re.escape(says)):
        checked_scores(returned, RULES, 3)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, st.integers(0, 8), elements=st.floats() | st.sampled_from([0.0, 1.0])))
def test_scores_are_degenerate_if_one_is_not_finite_or_all_are_equal(scores):
    ranks_nothing = not np.isfinite(scores).all() or len(set(scores.tolist())) == 1
    if ranks_nothing:
        assert degeneracy(scores, np.zeros(len(scores), dtype=bool)) != ""


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        ([1.0, float("nan"), float("inf"), -float("inf")], "3 of 4 scores are not finite"),
        ([float("nan")] * 2, "2 of 2 scores are not finite"),
        ([2.5, 2.5, 2.5], "all 3 scores are equal (2.5)"),
        ([0.0, -0.0], "all 2 scores are equal (0)"),
    ],
)
def test_the_sentence_says_why_the_scores_rank_nothing(scores, sentence):
    assert degeneracy(np.array(scores), np.zeros(len(scores), dtype=bool)) == sentence


def ranking(n=400, seed=0):
    """Truth and scores of a decent detector."""
    random = np.random.RandomState(seed)
    y = np.arange(n) % 4 == 0
    return y, random.normal(size=n) + 2 * y


@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_a_decent_ranking_is_not_degenerate_in_any_unit(scale, offset):
    y, scores = ranking()
    assert degeneracy(scores * scale + offset * scale, y) == ""
    assert degeneracy((scores * scale).astype(np.float32).astype(np.float64), y) == ""


def test_a_detector_that_never_trained_is_caught_though_its_area_is_fine():
    """Every code is the centre but for 1e-24: the order is perfect, and worth nothing."""
    y, order = ranking()
    scores = 1e-24 * (order - order.min())
    assert "coincide when rounded to steps of 1e-12" in degeneracy(scores, y)
    assert "coincide" in degeneracy(1.0 + 1e-16 * np.round(order * 10), y)


def test_a_ranking_that_depends_on_rounding_within_a_few_ties_is_caught():
    """Two values, each blurred by the last bits: most of the order is in the blur."""
    y, order = ranking()
    scores = 1.0 + (np.arange(400) % 2) + 1e-15 * np.round(order * 10)
    message = degeneracy(scores, y)
    assert "depends only on floating-point rounding" in message
    assert "the ROC-AUC changes from" in message


def test_two_distinct_scores_are_a_ranking_unless_one_is_rare():
    y, order = ranking()
    assert degeneracy((order > 1).astype(np.float64), y) == ""
    rare = np.zeros(400)
    rare[0] = 1.0
    assert "399 of 400 scores coincide" in degeneracy(rare, y)


def test_scored_twice_rounding_differences_are_allowed_and_more_is_not():
    _, scores = ranking()
    assert unsteadiness(scores[:50], scores[:50] + 1e-7, scores) == ""
    another = scores[:50].copy()
    another[7] += 0.5
    assert "1 of 50 images got another score (by up to 0.5" in unsteadiness(scores[:50], another, scores)
    another[7] = np.nan
    assert "got another score" in unsteadiness(scores[:50], another, scores)


def test_scores_that_are_copied_from_training_are_found():
    _, scores = ranking()
    assert "the first 100 test images got the same scores" in copied(scores[:100], scores)
    assert copied(scores[1:101], scores) == ""
    assert copied(np.ones(5), np.ones(9)) == "", "degeneracy() reports constant scores"


@pytest.mark.parametrize(
    ("auc", "error", "notes"),
    [
        (0.9, 0.01, []),
        (0.3, 0.01, ["worse than chance", "below mean pixel", "below hash"]),
        (0.47, 0.01, ["below mean pixel", "below hash"]),
        (0.3, 0.1, ["below mean pixel", "below hash"]),
        (0.55, None, ["below mean pixel"]),
    ],
)
def test_a_low_area_is_remarked_on_and_never_flipped(auc, error, notes):
    returned = auc_notes(Measure(auc, error), {"mean pixel": 0.6, "hash": 0.5})
    assert [note.split(" (")[0] for note in returned] == notes
