"""What a set of trials took: the seconds of their fits, and wall-clock time."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable

from benchmark.interfaces.outcome import Outcome


def fit_seconds(outcomes: Iterable[Outcome]) -> float | None:
    """Return the sum over the trials; None if one was not timed."""
    known = [outcome.cost.fit_seconds for outcome in outcomes]
    return None if None in known else math.fsum(seconds for seconds in known if seconds is not None)


def wall_seconds(outcomes: Iterable[Outcome]) -> float:
    """Return for how long at least one of the trials was running.

    Trials run side by side, and a run may continue days later: neither the sum nor the time from first to last is what
    somebody waited. An outcome from before `wall_seconds` was measured counts with what it took to load, fit and score.
    """
    intervals = []
    for outcome in outcomes:
        cost, end = outcome.cost, datetime.datetime.fromisoformat(outcome.finished_at).timestamp()
        parts = (cost.load_seconds, cost.fit_seconds, cost.score_seconds)
        length = cost.wall_seconds if cost.wall_seconds is not None else sum(part or 0.0 for part in parts)
        intervals.append((end - length, end))
    return covered(intervals)


def covered(intervals: Iterable[tuple[float, float]]) -> float:
    """Return the length of a union of intervals.

    Examples
    --------
    >>> covered([(0.0, 2.0), (1.0, 3.0), (10.0, 11.0)])
    4.0
    """
    total, reached = 0.0, -math.inf
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
