"""Which version of the protocol outcomes were made under; those of different versions are never ranked together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.trial import Trial
from benchmark.reports.text import plural
from benchmark.running.plan import SEMANTICS

DIFFERENCES = {1: "all tasks of a seed started from the same random numbers, so a seed's luck moved them together"}
"""Protocol version -> how it differs from the next one."""

OLDER = f" (older than the present {SEMANTICS}; not comparable with it)"
"""Follows the version of an older trial."""


def is_older(trial: Trial) -> bool:
    """Return whether a trial was made under an older version of the protocol than the present one."""
    return trial.semantics < SEMANTICS


def newest_protocol(outcomes: Iterable[Outcome]) -> tuple[list[Outcome], tuple[str, ...]]:
    """Return the outcomes of the newest protocol version among them, and a sentence for each older version."""
    outcomes = list(outcomes)
    newest = max((outcome.trial.semantics for outcome in outcomes), default=0)
    older = Counter(outcome.trial.semantics for outcome in outcomes if outcome.trial.semantics != newest)
    notes = (f"{plural(count, 'outcome')} of {phrase(version)} not shown" for version, count in sorted(older.items()))
    return [outcome for outcome in outcomes if outcome.trial.semantics == newest], tuple(notes)


def phrase(version: int) -> str:
    """Return how texts name a version of the protocol."""
    return f"protocol version {version}"
