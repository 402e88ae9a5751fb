"""Whether our numbers agree with the published ones, given the spread over seeds and runs on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.metrics.paired_tests import holm
from benchmark.metrics.two_sample import Sample, same_mean_p
from benchmark.reports.published.ledger import Entry

ONE_SEED = "one seed"
"""The word where there is no verdict because the row has no spread over seeds."""

LEVEL = 0.05
HALF_POINT = 0.005
ROUNDING = 1e-9
"""Of a difference of two decimal fractions: 0.948 - 0.943 is not above half a point."""

ORACLE = "oracle choice of parameters"
"""What the ledger says of a number for which test labels chose."""

RULE = (
    "`difference`: the row minus published, in percentage points. `within`: at most 0.5 points, or not significant at"
    " the 5 % level; otherwise `above` or `below`. The test compares the spread over seeds with that over the"
    " publication's runs (the larger p-value of Welch's and Student's t-test, two-sided; of classes, Holm-corrected)."
    " `one seed`: without a spread over seeds there is no verdict."
)

NO_SPREAD = "the publication gives no spread over a known number of runs, so the row's spread is used for both"
ONE_RUN = "; its number counts as one run, since it does not say how many"


@dataclass(frozen=True, slots=True)
class Measured:
    """Our number: the mean over seeds, None where it is missing, and the deviation over seeds (ddof 1); fractions."""

    value: float | None
    std: float | None
    seeds: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a comparison; numbers are fractions.

    Attributes
    ----------
    word : str
        `within`, `above`, `below`; `one seed` or empty where there is no verdict.
    why : str
        Why there is no verdict, or how an unknown spread of the publication was replaced.
    difference : float or None
        Ours minus theirs.
    p : float or None
        Of the hypothesis that the two means are equal; Holm-corrected for the comparisons that are judged together.
        None where there was no test.
    """

    word: str
    why: str
    difference: float | None
    p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Our number and the published one, for a class or the mean.

    Attributes
    ----------
    published : Entry or None
        None where the publication has no such number.
    computed : bool
        Whether the publication gives classes only, and this is their mean.
    reruns : tuple of Entry
        The same number from others who ran the method again.
    recipe : str
        The preset that is the publication's recipe, if our settings are those; empty otherwise.
    """

    task: str
    published: Entry | None
    computed: bool
    ours: Measured
    verdict: Verdict
    reruns: tuple[Entry, ...] = ()
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Our number and the published one, None where there is none, as a mean over runs if it is known as one."""

    ours: Measured
    entry: Entry | None
    theirs: Sample | None = None


def judge(pairs: Sequence[Pair], *, oracle: bool = False) -> list[Verdict]:
    """Compare our numbers with published ones; an oracle is compared with an oracle only.

    The p-values of the pairs are corrected for their number (Holm). If all true means are equal, the probability that
    any verdict is `below` is at most 2.5 %, and as much for `above`.

    Parameters
    ----------
    pairs : sequence of Pair
        What is judged together: the classes of a dataset, or a mean alone.

    Examples
    --------
    >>> entry = Entry(
    ...     key="deep_svdd", method="Deep SVDD", paper="Ruff et al.", venue="ICML", year=2018, dataset="mnist",
    ...     class_index=3, task="3", auc=0.919, spread=0.015, spread_kind="std", runs=10, comparable="yes",
    ...     rerun_of="", note="", source="Table 1",
    ... )
    >>> verdicts = [judge([Pair(ours, entry)])[0] for ours in (Measured(0.895, 0.01, 5), Measured(0.895, None, 1))]
    >>> [(verdict.word, verdict.p and round(verdict.p, 3)) for verdict in verdicts]
    [('below', 0.007), ('one seed', None)]
    """
    p_values = holm([_p(pair, oracle=oracle) for pair in pairs])
    return [_verdict(pair, p_value, oracle=oracle) for pair, p_value in zip(pairs, p_values, strict=True)]


def _p(pair: Pair, *, oracle: bool) -> float | None:
    """Return the p-value before the correction; None where there is nothing to test."""
    ours, entry = pair.ours, pair.entry
    if entry is None or _obstacle(entry, oracle=oracle) or ours.value is None or ours.std is None:
        return None
    return same_mean_p(Sample(ours.value, ours.seeds, ours.std, ours.seeds - 1), pair.theirs or entry.sample)


def _verdict(pair: Pair, p_value: float | None, *, oracle: bool) -> Verdict:
    ours, entry = pair.ours, pair.entry
    if entry is None:
        return Verdict("", "not published", None, None)
    difference = None if ours.value is None else round(ours.value - entry.auc, 9)
    if obstacle := _obstacle(entry, oracle=oracle):
        return Verdict("", f"not comparable: {obstacle}", difference, None)
    if difference is None:
        return Verdict("", "our number is missing", None, None)
    if p_value is None:
        return Verdict(ONE_SEED, "", difference, None)
    differs = abs(difference) > HALF_POINT + ROUNDING and p_value < LEVEL
    word = ("above" if difference > 0 else "below") if differs else "within"
    theirs = pair.theirs or entry.sample
    why = "" if theirs.std is not None else NO_SPREAD + ("" if entry.runs else ONE_RUN)
    return Verdict(word, why, difference, p_value)


def _obstacle(published: Entry, *, oracle: bool) -> str:
    """Return why the two numbers cannot be compared; empty where they can."""
    if oracle and published.is_comparable:
        return "our settings were chosen with test labels, the published ones were not"
    if published.is_comparable or (oracle and published.comparable == ORACLE):
        return ""
    return published.comparable


def plain(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain values, for JSON."""
    entry, ours, verdict = comparison.published, comparison.ours, comparison.verdict
    return {
        "task": comparison.task,
        "published": entry and entry.auc,
        "computed": comparison.computed,
        "spread": entry and entry.spread,
        "spread_kind": entry and entry.spread_kind,
        "runs": entry and entry.runs,
        "comparable": entry and entry.comparable,
        "ours": ours.value,
        "std": ours.std,
        "seeds": ours.seeds,
        "difference": verdict.difference,
        "p": verdict.p,
        "verdict": verdict.word or None,
        "why": verdict.why,
        "recipe": comparison.recipe or None,
        "reruns": {rerun.key: rerun.auc for rerun in comparison.reruns},
    }
