import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmark.metrics.paired_tests import holm
from benchmark.metrics.two_sample import Sample
from benchmark.reports.published.ledger import Entry
from benchmark.reports.published.verdict import Comparison, Measured, Pair, judge, plain

shares = st.floats(0, 1)
spreads = st.just(0.0) | st.floats(1e-6, 0.1)
runs = st.integers(2, 20)


def entry(auc, *, spread=None, kind="none", runs=None, comparable="yes"):
    return Entry(
        key="toy_2018", method="Toy", paper="Doe et al.", venue="ICML", year=2018, dataset="shapes", class_index=0,
        task="round", auc=auc, spread=spread, spread_kind=kind, runs=runs, comparable=comparable, rerun_of="", note="",
        source="Table 1",
    )  # fmt: skip


def judged(ours, entry):
    return judge([Pair(ours, entry)])[0]


@given(ours=shares, theirs=shares, s1=spreads, s2=spreads, n1=runs, n2=runs)
def test_a_difference_above_half_a_point_that_both_tests_find_significant_is_above_or_below(
    ours, theirs, s1, s2, n1, n2
):
    verdict = judged(Measured(ours, s1, n1), entry(theirs, spread=s2, kind="std", runs=n2))
    sides = (ours, s1, n1, theirs, s2, n2)
    with np.errstate(all="ignore"):
        p = max(stats.ttest_ind_from_stats(*sides, equal_var=equal).pvalue for equal in (True, False))
    if not math.isfinite(p):  # no spread at all
        return
    assert verdict.p == pytest.approx(p, abs=1e-7)
    assert verdict.why == ""
    if abs(abs(ours - theirs) - 0.005) > 1e-8 and abs(p - 0.05) > 1e-6:
        differs = abs(ours - theirs) > 0.005 and p < 0.05
        assert verdict.word == (("above" if ours > theirs else "below") if differs else "within")


@given(ours=shares, theirs=shares, s1=spreads, s2=spreads, n1=runs, n2=runs)
def test_a_standard_error_counts_as_the_deviation_that_it_was_computed_from(ours, theirs, s1, s2, n1, n2):
    measured = Measured(ours, s1, n1)
    of_deviation = judged(measured, entry(theirs, spread=s2, kind="std", runs=n2))
    of_error = judged(measured, entry(theirs, spread=s2 / math.sqrt(n2), kind="sem", runs=n2))
    assert of_error.p == pytest.approx(of_deviation.p, abs=1e-6)


@given(ours=shares, theirs=shares, spread=spreads, n=runs)
def test_exchanging_the_sides_exchanges_above_and_below(ours, theirs, spread, n):
    there = judged(Measured(ours, spread, n), entry(theirs, spread=spread, kind="std", runs=n)).word
    back = judged(Measured(theirs, spread, n), entry(ours, spread=spread, kind="std", runs=n)).word
    assert back == {"within": "within", "above": "below", "below": "above"}[there]


@given(ours=shares, theirs=shares, spread=spreads)
def test_one_seed_never_gives_a_verdict(ours, theirs, spread):
    for published in (entry(theirs), entry(theirs, spread=spread, kind="std", runs=10)):
        verdict = judged(Measured(ours, None, 1), published)
        assert (verdict.word, verdict.p) == ("one seed", None)
        assert verdict.difference == pytest.approx(ours - theirs, abs=1e-8)


@pytest.mark.parametrize(
    ("published", "runs", "why"),
    [
        ({"kind": "none", "runs": 10}, 10, "so the row's spread is used for both"),
        ({"kind": "none"}, 1, "its number counts as one run, since it does not say how many"),
        ({"kind": "std", "spread": 0.001}, 1, "its number counts as one run"),
    ],
)
def test_where_the_publication_has_no_usable_spread_ours_counts_for_both_and_the_reason_is_given(published, runs, why):
    verdict = judged(Measured(0.90, 0.01, 5), entry(0.93, **published))
    t = 0.03 / (0.01 * math.sqrt(1 / 5 + 1 / runs))
    assert verdict.p == pytest.approx(2 * stats.t.sf(t, 4), abs=1e-9)
    assert why in verdict.why


def test_classes_are_corrected_for_their_number_and_what_has_no_test_does_not_count():
    values = (0.90, 0.91, 0.92, 0.93)
    pairs = [Pair(Measured(value, 0.01, 5), entry(0.935, spread=0.01, kind="std", runs=10)) for value in values]
    others = [Pair(Measured(0.9, None, 1), entry(0.5)), Pair(Measured(0.9, 0.01, 5), entry(0.5, comparable="no"))]
    alone = [judge([pair])[0].p for pair in pairs]
    assert [verdict.p for verdict in judge([*pairs, *others])] == [*holm(alone), None, None]
    assert judge([pairs[2]])[0].word == "below"
    assert judge([pairs[2], *[Pair(Measured(0.93, 0.01, 5), pairs[0].entry)] * 9])[0].word == "within"


# The classes of Deep SVDD on CIFAR-10: published deviations over ten runs.
DEVIATIONS = np.array([4.1, 2.1, 0.8, 1.4, 1.1, 2.5, 2.6, 0.9, 1.2, 1.2]) / 100
BOARDS = 600


def false_alarms(seeds, *, spread_known, runs, ours=DEVIATIONS):
    """How often a class, or the mean, is `below` although the true values are equal."""
    random = np.random.RandomState(seeds)
    alarms = 0
    for _ in range(BOARDS):
        measured = 0.9 + ours[:, None] * random.normal(size=(10, seeds))
        published = 0.9 + DEVIATIONS[:, None] * random.normal(size=(10, runs or 10))
        deviations = published.std(axis=1, ddof=1)
        entries = [
            entry(mean, spread=std if spread_known else None, kind="std" if spread_known else "none", runs=runs)
            for mean, std in zip(published.mean(axis=1), deviations, strict=True)
        ]
        sides = zip(measured.mean(axis=1), measured.std(axis=1, ddof=1), entries, strict=True)
        verdicts = judge([Pair(Measured(mean, std, seeds), one) for mean, std, one in sides])
        means = measured.mean(axis=0)
        theirs = Sample(published.mean(), runs or 1)
        if spread_known:
            variances = deviations**2
            freedom = variances.sum() ** 2 / (variances**2 / (runs - 1)).sum()
            theirs = Sample(published.mean(), runs, math.sqrt(variances.sum()) / 10, freedom)
        verdicts += judge([Pair(Measured(means.mean(), means.std(ddof=1), seeds), entry(published.mean()), theirs)])
        alarms += any(verdict.word == "below" for verdict in verdicts)
    return alarms / BOARDS


# Two standard errors of a share of 5 % over these boards.
MOST = 0.05 + 2 * math.sqrt(0.05 * 0.95 / BOARDS)


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_equal_methods_are_below_in_at_most_five_percent_of_reproductions(seeds):
    assert false_alarms(seeds, spread_known=True, runs=10) <= MOST


@pytest.mark.parametrize("seeds", [2, 5])
@pytest.mark.parametrize("runs", [10, None])
def test_the_unknown_error_of_a_publication_makes_no_false_alarms(seeds, runs):
    assert false_alarms(seeds, spread_known=False, runs=runs) <= MOST


def test_a_method_that_is_worse_by_four_points_is_found_with_five_seeds():
    random = np.random.RandomState(0)
    pairs = []
    for deviation in DEVIATIONS:
        values = 0.86 + deviation * random.normal(size=5)
        pairs.append(
            Pair(Measured(values.mean(), values.std(ddof=1), 5), entry(0.9, spread=deviation, kind="std", runs=10))
        )
    assert [verdict.word for verdict in judge(pairs)].count("below") >= 5


@given(ours=st.none() | shares, theirs=shares, spread=spreads)
def test_what_is_not_comparable_gets_its_reason_and_never_a_verdict(ours, theirs, spread):
    verdict = judged(Measured(ours, spread, 5), entry(theirs, comparable="hard labels"))
    assert (verdict.word, verdict.why) == ("", "not comparable: hard labels")
    assert (verdict.difference is None) == (ours is None)


@pytest.mark.parametrize(("ours", "word"), [(0.943, "within"), (0.953, "within"), (0.9429, "below"), (0.9531, "above")])
def test_half_a_point_is_within_whatever_p_and_whatever_floats_make_of_it(ours, word):
    verdict = judged(Measured(ours, 0.0, 5), entry(0.948, spread=0.0, kind="std", runs=10))
    assert (verdict.word, verdict.p) == (word, 0.0)


def test_what_is_missing_on_either_side_is_the_reason():
    assert judged(Measured(None, None, 1), entry(0.9)).why == "our number is missing"
    assert judged(Measured(0.9, None, 1), None).why == "not published"


def test_the_plain_form_has_none_where_there_is_no_verdict():
    ours = Measured(0.9, None, 1)
    values = plain(Comparison(task="round", published=None, computed=False, ours=ours, verdict=judged(ours, None)))
    assert (values["published"], values["verdict"], values["p"], values["why"]) == (None, None, None, "not published")
