import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmark.audit import checked_scores, degeneracy
from benchmark.interfaces.errors import ContractBroken

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
    assert (degeneracy(scores) != "") == ranks_nothing


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
    assert degeneracy(np.array(scores)) == sentence
