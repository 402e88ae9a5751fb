import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.reports.published.ledger import Entry
from benchmark.reports.published.verdict import HALF_POINT, Comparison, Measured, judge, plain

shares = st.floats(0, 1)
spreads = st.floats(0, 0.1)
runs = st.integers(2, 20)


def entry(auc, *, spread=None, kind="none", runs=None, comparable="yes"):
    return Entry(
        key="toy_2018", method="Toy", paper="Doe et al.", venue="ICML", year=2018, dataset="shapes", class_index=0,
        task="round", auc=auc, spread=spread, spread_kind=kind, runs=runs, comparable=comparable, rerun_of="", note="",
        source="Table 1",
    )  # fmt: skip


@given(ours=shares, theirs=shares, s1=spreads, s2=spreads, n1=runs, n2=runs)
def test_within_is_two_standard_errors_of_the_difference_or_half_a_point(ours, theirs, s1, s2, n1, n2):
    margin = max(0.005, 2 * math.sqrt(s1**2 / n1 + s2**2 / n2))
    verdict = judge(Measured(ours, s1, n1), entry(theirs, spread=s2, kind="std", runs=n2))
    assert verdict.margin == pytest.approx(margin)
    assert verdict.why == ""
    if abs(abs(ours - theirs) - margin) > 1e-8:
        expected = "within" if abs(ours - theirs) < margin else "above" if ours > theirs else "below"
        assert verdict.word == expected


@given(ours=shares, theirs=shares, s1=spreads, s2=spreads, n1=runs, n2=runs)
def test_a_standard_error_counts_as_the_deviation_that_it_was_computed_from(ours, theirs, s1, s2, n1, n2):
    measured = Measured(ours, s1, n1)
    of_deviation = judge(measured, entry(theirs, spread=s2, kind="std", runs=n2))
    of_error = judge(measured, entry(theirs, spread=s2 / math.sqrt(n2), kind="sem", runs=n2))
    assert of_error.margin == pytest.approx(of_deviation.margin)


@given(ours=shares, theirs=shares, spread=spreads, n=runs)
def test_exchanging_the_sides_exchanges_above_and_below(ours, theirs, spread, n):
    there = judge(Measured(ours, spread, n), entry(theirs, spread=spread, kind="std", runs=n)).word
    back = judge(Measured(theirs, spread, n), entry(ours, spread=spread, kind="std", runs=n)).word
    assert back == {"within": "within", "above": "below", "below": "above"}[there]


@given(ours=shares, theirs=shares, spread=spreads)
@pytest.mark.parametrize(
    ("measured", "published", "why"),
    [
        ((None, 1), ("std", 10), "this row has one seed"),
        ((0.05, 5), (None, 10), "the publication gives no spread"),
        ((0.05, 5), ("std", None), "the publication gives no spread over a known number of runs"),
        ((None, 1), (None, None), "this row has one seed and the publication gives no spread"),
    ],
)
def test_without_both_spreads_only_half_a_point_counts_and_the_reason_is_given(
    ours, theirs, spread, measured, published, why
):
    (std, seeds), (kind, n) = measured, published
    theirs_published = entry(theirs, spread=spread if kind else None, kind=kind or "none", runs=n)
    verdict = judge(Measured(ours, std, seeds), theirs_published)
    assert verdict.margin == HALF_POINT
    assert verdict.why.startswith("judged by the 0.5 points only: ")
    assert why in verdict.why


@given(ours=st.none() | shares, theirs=shares, spread=spreads)
def test_what_is_not_comparable_gets_its_reason_and_never_a_verdict(ours, theirs, spread):
    verdict = judge(Measured(ours, spread, 5), entry(theirs, comparable="hard labels"))
    assert (verdict.word, verdict.why) == ("", "not comparable: hard labels")
    assert (verdict.difference is None) == (ours is None)


@pytest.mark.parametrize(("ours", "word"), [(0.943, "within"), (0.953, "within"), (0.9429, "below"), (0.9531, "above")])
def test_half_a_point_is_within_whatever_floats_make_of_it(ours, word):
    assert judge(Measured(ours, None, 1), entry(0.948)).word == word


def test_what_is_missing_on_either_side_is_the_reason():
    assert judge(Measured(None, None, 1), entry(0.9)).why == "our number is missing"
    assert judge(Measured(0.9, None, 1), None).why == "not published"


def test_the_plain_form_has_none_where_there_is_no_verdict():
    ours = Measured(0.9, None, 1)
    values = plain(Comparison(task="round", published=None, computed=False, ours=ours, verdict=judge(ours, None)))
    assert (values["published"], values["verdict"], values["why"]) == (None, None, "not published")
