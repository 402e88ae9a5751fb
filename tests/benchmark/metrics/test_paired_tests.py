import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmark.metrics.paired_tests import FEWEST, holm, smallest_p, wilcoxon

often = settings(max_examples=40, deadline=None)
SIZES = st.integers(1, 5).map(lambda tenths: tenths / 10)
DRAWN = st.lists(st.none() | st.floats(0, 1), max_size=30)


P_VALUES = """
4.533744e-01 7.296024e-01 9.936026e-02 9.079658e-02 1.801962e-01 8.752257e-01 2.922222e-01 9.115421e-01 4.355806e-01
5.324867e-01 4.926798e-01 5.802978e-01 3.485442e-01 7.883130e-01 2.729308e-01 8.502518e-01 4.268138e-01 6.442008e-01
3.030266e-01 5.001555e-02 3.194810e-01 7.892933e-01 9.991834e-01 1.745691e-01 9.037516e-01 1.198578e-01 3.966083e-01
1.403837e-02 7.328671e-01 6.793476e-02 4.040730e-03 3.033349e-04 1.125147e-02 2.375072e-02 5.818542e-04 3.075482e-04
8.251272e-03 1.356534e-03 1.360696e-02 3.764588e-04 1.801145e-05 2.504456e-07 3.310253e-02 9.427839e-03 8.791153e-04
2.177831e-04 9.693054e-04 6.610250e-05 2.900813e-02 5.735490e-03
"""
HOLM = """
1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
4.632662e-01 1 1 1.575885e-01 1.395341e-02 3.938014e-01 7.600230e-01 2.501973e-02 1.395341e-02
3.052971e-01 5.426136e-02 4.626366e-01 1.656419e-02 8.825610e-04 1.252228e-05 9.930759e-01 3.394022e-01 3.692284e-02
1.023581e-02 3.974152e-02 3.172920e-03 8.992520e-01 2.179486e-01
"""
"""Fifty p-values and what R's p.adjust(p, "holm") makes of them: Rosetta Code, "P-value correction"."""


def by_every_pattern(differences):
    """The p of the signed-rank test by its definition: every pattern of signs is as likely as any other."""
    sizes = sorted(round(abs(d), 9) for d in differences)
    ranks = [sum(i + 1 for i, s in enumerate(sizes) if s == size) / sizes.count(size) for size in sizes]
    of = [ranks[sizes.index(round(abs(d), 9))] for d in differences]
    centre = sum(ranks) / 2
    observed = abs(sum(r for r, d in zip(of, differences, strict=True) if d > 0) - centre)
    sums = (sum(r for r, sign in zip(ranks, signs, strict=True) if sign) for signs in _patterns(len(ranks)))
    return sum(abs(total - centre) >= observed - 1e-9 for total in sums) / 2 ** len(ranks)


def _patterns(count):
    return itertools.product([False, True], repeat=count)


@pytest.mark.parametrize("tasks", [6, 7, 10, 15])
def test_the_least_p_is_that_of_one_pattern_of_signs_in_two(tasks):
    better = [0.01 * (i + 1) for i in range(tasks)]
    assert wilcoxon(better) == wilcoxon([-d for d in better]) == smallest_p(tasks) == 2 / 2**tasks


def test_six_differences_are_the_fewest_that_can_fall_below_a_twentieth():
    assert smallest_p(FEWEST) < 0.05 <= smallest_p(FEWEST - 1)
    assert wilcoxon([0.1, 0.2, 0.3, 0.4, 0.5]) is None
    assert wilcoxon([]) is None


@pytest.mark.parametrize("zeros", [0, 1, 4])
def test_a_zero_speaks_for_neither_side_and_is_left_out(zeros):
    assert wilcoxon([0.1, 0.2, -0.3, 0.4, 0.5, 0.6] + [0.0] * zeros) == wilcoxon([0.1, 0.2, -0.3, 0.4, 0.5, 0.6])
    assert wilcoxon([0.1, 0.2, 0.3, 0.4, 0.5] + [0.0] * zeros) is None


def test_what_subtraction_leaves_behind_is_neither_a_difference_nor_breaks_a_tie():
    dust = 0.1 + 0.2 - 0.3
    assert dust != 0
    assert wilcoxon([0.1, 0.2, 0.3, 0.4, 0.5, dust]) is None
    assert wilcoxon([0.1, 0.1, 0.1 + dust, 0.1, -0.1, 0.2]) == wilcoxon([0.1, 0.1, 0.1, 0.1, -0.1, 0.2])


@often
@given(st.lists(st.tuples(SIZES, st.sampled_from([-1, 1])), min_size=6, max_size=9))
def test_it_is_exact_with_ties(drawn):
    differences = [size * sign for size, sign in drawn]
    assert wilcoxon(differences) == pytest.approx(min(by_every_pattern(differences), 1), abs=1e-12)


def test_it_is_exact_without_ties():
    differences = [0.1, -0.2, 0.3, 0.4, -0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert wilcoxon(differences) == pytest.approx(by_every_pattern(differences), abs=1e-12)


def test_beyond_fifty_differences_it_is_the_normal_approximation():
    differences = [(-1) ** (i % 3) * (i + 1) / 100 for i in range(51)]
    longer, shorter = wilcoxon(differences), wilcoxon(differences[:50])
    tied = wilcoxon([*differences[:49], differences[48]])
    assert longer == pytest.approx(stats.wilcoxon(differences, method="asymptotic").pvalue)
    assert shorter == pytest.approx(stats.wilcoxon(differences[:50], method="exact").pvalue)
    assert tied == pytest.approx(stats.wilcoxon([*differences[:49], differences[48]]).pvalue, rel=0.1)


@often
@given(st.permutations([0.1, -0.2, 0.3, 0.4, 0.5, 0.6, 0.0]))
def test_the_order_of_the_tasks_does_not_count(differences):
    assert wilcoxon(differences) == wilcoxon(sorted(differences))


def test_a_difference_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        wilcoxon([0.1, float("nan"), 0.3, 0.4, 0.5, 0.6])


def test_holm_is_that_of_r():
    raw, adjusted = ([float(p) for p in text.split()] for text in (P_VALUES, HOLM))
    assert len(raw) == len(adjusted) == 50
    assert holm(raw) == pytest.approx(adjusted, rel=2e-6)


def test_holm_can_be_worked_out_by_hand():
    # Of four: 0.005 * 4, 0.01 * 3, 0.03 * 2, and 0.04 * 1, which is raised to the 0.06 before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@often
@given(DRAWN)
def test_holm_lowers_no_p_and_keeps_their_order(raw):
    adjusted = holm(raw)
    assert [p is None for p in adjusted] == [p is None for p in raw]
    pairs = sorted((p, q) for p, q in zip(raw, adjusted, strict=True) if p is not None)
    assert all(p <= q <= 1 for p, q in pairs)
    assert [q for _, q in pairs] == sorted(q for _, q in pairs)


@often
@given(DRAWN.flatmap(lambda raw: st.tuples(st.just(raw), st.permutations(range(len(raw))))))
def test_holm_does_not_look_at_the_order(drawn):
    raw, order = drawn
    adjusted = holm(raw)
    assert holm([raw[i] for i in order]) == [adjusted[i] for i in order]


def test_a_test_that_was_not_made_does_not_count():
    assert holm([None, 0.02, None]) == [None, 0.02, None]
    assert holm([]) == []


def test_what_is_no_p_is_refused():
    with pytest.raises(ValueError, match="not a p-value"):
        holm([0.5, 1.5])
