import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmark.interfaces.errors import ContractBroken
from benchmark.interfaces.outcome import Measure
from benchmark.metrics.builtin import roc_auc, roc_auc_standard_error
from benchmark.running.audit import auc_notes, audit, checked_scores, copied, degeneracy, score_dtypes
from benchmark.running.baselines import Baselines

RULES = ("error", "distance")
GOOD = np.array([1.0, 2.0, 3.0])


def test_scores_that_keep_the_contract_come_back_in_the_order_of_the_rules():
    error, distance = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    checked = checked_scores({"distance": distance, "error": error}, RULES, 2)
    assert list(checked) == ["error", "distance"]
    assert checked["error"] is error


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_scores_of_any_float_type_become_float64_and_their_type_is_known(dtype):
    returned = {"distance": GOOD, "error": GOOD.astype(dtype)}
    checked = checked_scores(returned, RULES, 3)
    assert (checked["error"].dtype, checked["error"].tolist()) == (np.float64, [1.0, 2.0, 3.0])
    assert score_dtypes(returned, RULES) == (np.dtype(dtype).name, "float64")


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
        ({"error": GOOD, "distance": GOOD.astype(int)}, "`score` returned int64 of shape (3,)"),
        ({"error": GOOD, "distance": GOOD.astype(complex)}, "`score` returned complex128 of shape (3,)"),
        ({"error": GOOD, "distance": GOOD > 2}, "`score` returned bool of shape (3,)"),
        ({"error": GOOD, "distance": GOOD[:2]}, "`score` returned float64 of shape (2,)"),
        ({"error": GOOD, "distance": GOOD[:, None]}, "`score` returned float64 of shape (3, 1)"),
        (
            {"error": GOOD, "distance": [1.0, 2.0, 3.0]},
            "rule 'distance' must be float64, or another float type, of shape (3,)",
        ),
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


def test_scores_that_differ_in_the_last_bits_of_their_precision_are_caught():
    y, order = ranking()
    assert "coincide when rounded to steps of 4.44e-16" in degeneracy(1.0 + 5e-17 * np.round(order), y)
    single = np.float32(1) + np.float32(2**-25) * np.round(order).astype(np.float32)
    assert "coincide when rounded to steps of 2.38e-07" in degeneracy(single.astype(np.float64), y, "float32")
    assert "coincide" in degeneracy(single.astype(np.float64), y), "a detector may have converted them"
    assert "coincide" in degeneracy(1.0 + 1e-5 * np.round(order), y, "float16")


def test_a_ranking_that_depends_on_rounding_within_a_few_ties_is_caught():
    """Two values, one of them blurred by its last bit: most of the order is in that bit."""
    y, order = ranking()
    single = np.float32(1) + (np.arange(400) % 2 + 2.0**-23 * (order > 1)).astype(np.float32)
    scores = single.astype(np.float64)
    message = degeneracy(scores, y)
    assert "depends only on floating-point rounding" in message
    assert "the ROC-AUC changes from" in message
    assert audit(scores, y, None) == message, "without a second scoring the audit has no more to judge by"


def test_scores_of_zero_for_most_images_need_no_rounding():
    y, _ = ranking()
    assert degeneracy(np.where(np.arange(400) % 3 == 0, 5e-324, 0.0), y) == ""


def test_two_distinct_scores_are_a_ranking_unless_one_is_rare():
    y, order = ranking()
    assert degeneracy((order > 1).astype(np.float64), y) == ""
    rare = np.zeros(400)
    rare[0] = 1.0
    assert "399 of 400 scores coincide" in degeneracy(rare, y)


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
        (0.46, 0.01, ["below mean pixel", "below hash"]),
        (0.47, 0.01, ["below mean pixel"]),
        (0.3, 0.1, ["below mean pixel"]),
        (0.55, None, ["below mean pixel"]),
        (0.585, None, []),
    ],
)
def test_a_low_area_is_remarked_on_and_never_flipped(auc, error, notes):
    baselines, errors = {"mean pixel": 0.6, "hash": 0.5}, {"mean pixel": 0.01, "hash": 0.015}
    returned = auc_notes(Measure(auc, error), baselines, errors)
    assert [note.split(" (")[0] for note in returned] == notes


def test_a_random_order_is_rarely_noted_as_below_another_random_order():
    random = np.random.RandomState(0)
    y = np.arange(600) % 10 > 0
    images = random.randint(0, 256, (600, 4, 4, 1)).astype(np.uint8)
    baselines = Baselines(images)
    noted = 0
    for _ in range(400):
        y = random.permutation(y)
        measure = Measure(*(compute(y, random.random_sample(600)) for compute in (roc_auc, roc_auc_standard_error)))
        noted += any(
            "hash" in note
            for note in auc_notes(measure, baselines.roc_auc(y, 127.0), baselines.standard_errors(y, 127.0))
        )
    assert noted <= 20, "two standard errors on one side: 2.3 %"


def test_the_standard_error_of_the_hash_is_the_spread_of_random_orders():
    y = np.arange(300) % 5 > 0
    random = np.random.RandomState(0)
    areas = [roc_auc(y, random.random_sample(300)) for _ in range(2000)]
    baselines = Baselines(random.randint(0, 256, (300, 4, 4, 1)).astype(np.uint8))
    assert baselines.standard_errors(y, 127.0)["hash"] == pytest.approx(np.std(areas), rel=0.05)
    assert baselines.standard_errors(np.ones(300, dtype=bool), 127.0) == {}
    one = np.arange(300) == 0
    assert set(baselines.standard_errors(one, 127.0)) == {"hash"}, "DeLong's error needs two images of each side"
