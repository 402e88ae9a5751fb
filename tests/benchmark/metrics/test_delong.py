"""DeLong's standard errors: against published numbers, the definition, and a bootstrap over images."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.interfaces.errors import OneSidedLabels
from benchmark.metrics.builtin import roc_auc, roc_auc_standard_error
from benchmark.metrics.delong import structural_components
from benchmark.metrics.intervals import paired_delong

often = settings(max_examples=40, deadline=None)
SCORES = st.integers(-6, 6).map(lambda value: value / 4)


SCREENING = """
3.0 5.8 10 0   3.2 6.3  5 1   3.9 6.8  3 1   2.8 4.8  6 0   3.2 5.8  3 1   0.9 4.0  5 0   2.5 5.7  8 0
1.6 5.6  5 1   3.8 5.7  5 1   3.7 6.7  6 1   3.2 5.4  4 1   3.8 6.6  6 1   4.1 6.6  5 1   3.6 5.7  5 1
4.3 7.0  4 1   3.6 6.7  4 0   2.3 4.4  6 1   4.2 7.6  4 0   4.0 6.6  6 0   3.5 5.8  6 1   3.8 6.8  7 1
3.0 4.7  8 0   4.5 7.4  5 1   3.7 7.4  5 1   3.1 6.6  6 1   4.1 8.2  6 1   4.3 7.0  5 1   4.3 6.5  4 1
3.2 5.1  5 1   2.6 4.7  6 1   3.3 6.8  6 0   1.7 4.0  7 0   3.7 6.1  5 1   3.3 6.3  7 1   4.2 7.7  6 1
3.5 6.2  5 1   2.9 5.7  9 0   2.1 4.8  7 1   2.8 6.2  8 0   4.0 7.0  7 1   3.3 5.7  6 1   3.7 6.9  5 1
3.6 6.6  5 1
"""
"""The 43 complete patients of DeLong et al. (1988): albumin, total protein, K-G score, and 1 where surgery helped.

As the SAS/STAT User's Guide prints them, PROC LOGISTIC, example "Comparing Receiver Operating Characteristic Curves".
"""

albumin, protein, score, helped = np.array(SCREENING.split(), dtype=float).reshape(-1, 4).T
NOT_HELPED = helped == 0
TESTS = {"albumin": -albumin, "protein": -protein, "score": score}
"""Higher speaks for 0, as in the guide, which takes 10 - score and models the event 0."""

AREAS = {"albumin": (0.7366, 0.0927), "protein": (0.6478, 0.1000), "score": (0.7258, 0.1028)}
"""Area and standard error; the same example, table "ROC Association Statistics"."""

CONTRASTS = {"albumin": (0.0108, 0.0953), "protein": (-0.0780, 0.1046)}
"""Against the K-G score: difference and standard error; the same example, "ROC Contrast Estimation ... by Row"."""

GOOD = "05326667403443212001000101110101011210200000000000"
POOR = "10003122112101000110111011101010200011011112111111"
"""Patients at each of the 50 levels of S100B, lowest first, by outcome: the data set aSAH of the R package pROC.

From the points of the ROC curve in pROC's tests/testthat/helper-roc-expected.R (Robin et al. 2011, BMC Bioinformatics
12, 77).
"""

S100B_AREA, S100B_VARIANCE = 0.7313685636856368, 0.00266868245717244
"""The area there, and DeLong's variance in pROC's tests/testthat/test-var.R."""


def s100b():
    """(y, scores) of the 113 patients of aSAH."""
    levels = np.arange(50)
    good, poor = (np.repeat(levels, [int(count) for count in counts]) for counts in (GOOD, POOR))
    return np.arange(113) >= 72, np.concatenate([good, poor]).astype(float)


@st.composite
def scored_twice(draw):
    """(y, scores_a, scores_b) with two or more of each kind, in any order, and many ties."""
    triples = draw(st.lists(st.tuples(st.booleans(), SCORES, SCORES), min_size=0, max_size=30))
    triples += [(kind, draw(SCORES), draw(SCORES)) for kind in (True, True, False, False)]
    y, a, b = zip(*draw(st.permutations(triples)), strict=True)
    return np.array(y), np.array(a), np.array(b)


def wins(y, scores):
    """The definition: of every pair of images 1, 1/2 or 0, shape (anomalous, normal)."""
    return np.array([[(a > b) + (a == b) / 2 for b in scores[~y]] for a in scores[y]])


def by_definition(y, scores_a, scores_b):
    """DeLong et al. (1988), pair by pair, with the whole covariance matrix: the difference and its standard error."""
    pairs = [wins(y, scores_a), wins(y, scores_b)]
    anomalous, normal = pairs[0].shape
    v10 = np.array([of.mean(axis=1) for of in pairs])
    v01 = np.array([of.mean(axis=0) for of in pairs])
    covariance = np.cov(v10) / anomalous + np.cov(v01) / normal
    contrast = np.array([1, -1])
    return pairs[0].mean() - pairs[1].mean(), math.sqrt(max(contrast @ covariance @ contrast, 0))


@pytest.mark.parametrize("name", AREAS)
def test_the_error_of_an_area_is_that_of_delongs_patients(name):
    found = (metric(NOT_HELPED, TESTS[name]) for metric in (roc_auc, roc_auc_standard_error))
    assert tuple(found) == pytest.approx(AREAS[name], abs=5e-5)


@pytest.mark.parametrize("name", CONTRASTS)
def test_the_error_of_a_difference_is_that_of_delongs_patients(name):
    found = paired_delong(NOT_HELPED, TESTS[name], TESTS["score"])
    assert found == pytest.approx(CONTRASTS[name], abs=5e-5)


def test_the_error_of_an_area_is_that_of_proc_to_its_last_digits():
    y, scores = s100b()
    assert roc_auc(y, scores) == pytest.approx(S100B_AREA, rel=1e-13)
    assert roc_auc_standard_error(y, scores) ** 2 == pytest.approx(S100B_VARIANCE, rel=1e-12)


def test_a_difference_can_be_worked_out_by_hand():
    # Two anomalous images (first) and three normal ones. a: 5 and 2 against 1, 3, 4, so shares below 1 and 1/3.
    # b: 5 and 4 against 1, 2, 3: all below. The shares differ by 0 and -2/3 (variance 2/9), and of the normal ones the
    # shares above by 0, -1/2 and -1/2 (variance 1/12).
    y = np.array([True, True, False, False, False])
    difference, error = paired_delong(y, np.array([5.0, 2, 1, 3, 4]), np.array([5.0, 4, 1, 2, 3]))
    assert difference == pytest.approx(-1 / 3)
    assert error == pytest.approx(math.sqrt((2 / 9) / 2 + (1 / 12) / 3))


@often
@given(scored_twice())
def test_a_difference_is_that_of_the_definition_over_every_pair(drawn):
    assert paired_delong(*drawn) == pytest.approx(by_definition(*drawn), abs=1e-7)


@often
@given(scored_twice())
def test_either_kinds_components_average_to_the_area(drawn):
    y, scores, _ = drawn
    above, below = structural_components(y, scores)
    assert (above.mean(), below.mean()) == pytest.approx((roc_auc(y, scores),) * 2, abs=1e-12)


@often
@given(scored_twice())
def test_turning_the_pair_round_turns_the_sign_and_keeps_the_error(drawn):
    y, a, b = drawn
    difference, error = paired_delong(y, a, b)
    assert paired_delong(y, b, a) == (-difference, error)


@often
@given(scored_twice())
def test_the_same_order_of_images_differs_by_nothing_and_without_error(drawn):
    y, scores, _ = drawn
    assert paired_delong(y, scores, np.exp(scores)) == (0.0, 0.0)


def test_errors_are_those_of_a_bootstrap_over_images():
    generator = np.random.default_rng(4)
    anomalous, normal, draws = 90, 140, 4000
    y = np.arange(anomalous + normal) < anomalous
    common = generator.normal(size=len(y)) + 1.2 * y  # what both see of an image
    a, b = (common + scale * generator.normal(size=len(y)) for scale in (0.6, 0.9))
    picks = [generator.integers(count, size=(draws, count)) for count in (anomalous, normal)]

    def areas(scores):
        won = wins(y, scores)
        return np.array([won[np.ix_(rows, columns)].mean() for rows, columns in zip(*picks, strict=True)])

    drawn_a, drawn_b = areas(a), areas(b)
    alone = roc_auc_standard_error(y, a)
    _, together = paired_delong(y, a, b)
    # The bootstrap's own error is 1 / sqrt(2 * draws), a hundredth.
    assert alone == pytest.approx(drawn_a.std(), rel=0.05)
    assert together == pytest.approx((drawn_a - drawn_b).std(), rel=0.05)
    assert together < 0.8 * math.hypot(alone, roc_auc_standard_error(y, b))


@pytest.mark.parametrize("kinds", [(True, False, False), (False, True, False), (True, False, True)])
def test_one_image_of_a_kind_leaves_the_difference_without_an_error(kinds):
    difference, error = paired_delong(np.array(kinds), np.arange(3.0), np.zeros(3))
    assert (difference, error) == (roc_auc(np.array(kinds), np.arange(3.0)) - 0.5, None)


def test_scores_of_other_images_are_refused():
    y = np.array([True, False, True])
    with pytest.raises(ValueError, match="3 labels, 3 and 2 scores"):
        paired_delong(y, np.zeros(3), np.zeros(2))
    with pytest.raises(OneSidedLabels, match="all 3 are normal"):
        paired_delong(np.zeros(3, dtype=bool), np.zeros(3), np.zeros(3))


def test_a_hundred_thousand_images_are_a_matter_of_sorting():
    # Pair by pair this would be 2.5e9 comparisons, and 20 GB.
    generator = np.random.default_rng(0)
    y = np.arange(100_000) % 2 == 0
    a, b = generator.normal(size=(2, len(y))) + y
    _, error = paired_delong(y, a, b)
    assert error == pytest.approx(math.hypot(roc_auc_standard_error(y, a), roc_auc_standard_error(y, b)), rel=0.02)
