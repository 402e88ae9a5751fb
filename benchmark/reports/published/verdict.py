"""Whether our number agrees with the published one, given the spread over seeds on both sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from benchmark.reports.published.ledger import Entry

HALF_POINT = 0.005
ROUNDING = 1e-9
"""Of a difference of two decimal fractions: 0.948 - 0.943 is not above half a point."""

ORACLE = "oracle choice of parameters"
"""What the ledger says of a number for which test labels chose."""

RULE = (
    "`difference`: the row minus published, in percentage points. `within`: at most two standard errors of the"
    " difference (from the spread over seeds on both sides) or at most 0.5 points; otherwise `above` or `below`. If a"
    " spread is unknown, only the 0.5 points are used."
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Our number: the mean over seeds, None where it is missing, and the deviation over seeds (ddof 1); fractions."""

    value: float | None
    std: float | None
    seeds: int

    @property
    def standard_error(self) -> float | None:
        """Of the mean over seeds; one seed gives none."""
        return None if self.std is None or self.seeds < 2 else self.std / math.sqrt(self.seeds)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a comparison; numbers are fractions.

    Attributes
    ----------
    word : str
        `within`, `above`, `below`; empty where there is no verdict.
    why : str
        Why there is no verdict, or why only the 0.5 points were used; empty where both spreads were.
    difference : float or None
        Ours minus theirs.
    margin : float or None
        The largest difference that is still `within`.
    """

    word: str
    why: str
    difference: float | None
    margin: float | None


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


def judge(ours: Measured, published: Entry | None, *, oracle: bool = False) -> Verdict:
    """Compare our number with a published one; an oracle is compared with an oracle only.

    Examples
    --------
    >>> entry = Entry(
    ...     key="deep_svdd", method="Deep SVDD", paper="Ruff et al.", venue="ICML", year=2018, dataset="mnist",
    ...     class_index=3, task="3", auc=0.919, spread=0.015, spread_kind="std", runs=10, comparable="yes",
    ...     rerun_of="", note="", source="Table 1",
    ... )
    >>> judge(Measured(0.912, 0.010, 5), entry).word  # 2 * sqrt(0.010**2 / 5 + 0.015**2 / 10) = 0.013
    'within'
    >>> verdict = judge(Measured(0.912, None, 1), entry)
    >>> verdict.word, verdict.why
    ('below', 'judged by the 0.5 points only: this row has one seed')
    """
    if published is None:
        return Verdict("", "not published", None, None)
    difference = None if ours.value is None else round(ours.value - published.auc, 9)
    if obstacle := _obstacle(published, oracle=oracle):
        return Verdict("", f"not comparable: {obstacle}", difference, None)
    if difference is None:
        return Verdict("", "our number is missing", None, None)
    errors = (ours.standard_error, published.standard_error)
    reasons = ("this row has one seed", "the publication gives no spread over a known number of runs")
    unknown = [reason for reason, error in zip(reasons, errors, strict=True) if error is None]
    standard_error = math.hypot(*(error for error in errors if error is not None))
    margin = HALF_POINT if unknown else max(HALF_POINT, 2 * standard_error)
    word = "within" if abs(difference) <= margin + ROUNDING else "above" if difference > 0 else "below"
    return Verdict(
        word, f"judged by the 0.5 points only: {' and '.join(unknown)}" if unknown else "", difference, margin
    )


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
        "margin": verdict.margin,
        "verdict": verdict.word or None,
        "why": verdict.why,
        "recipe": comparison.recipe or None,
        "reruns": {rerun.key: rerun.auc for rerun in comparison.reruns},
    }
