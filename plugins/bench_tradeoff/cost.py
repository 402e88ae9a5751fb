"""What a set of trials cost: the seconds of their fits, and the wall-clock time in which they ran."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable

from benchmark import Outcome


def fit_seconds(outcomes: Iterable[Outcome]) -> float | None:
    """Return the sum over the trials; None if one was not timed."""
    known = [outcome.cost.fit_seconds for outcome in outcomes]
    return None if None in known else math.fsum(seconds for seconds in known if seconds is not None)


def wall_seconds(outcomes: Iterable[Outcome]) -> float:
    """Return for how long at least one of the trials was running.

    Trials may run at the same time, and a run may continue days later. So neither the sum of their times nor the time
    from the first to the last is what a user has waited. An outcome without `wall_seconds` is older than that
    measurement; it counts with its times of loading, fitting and scoring.
    """
    intervals = []
    for outcome in outcomes:
        cost, end = outcome.cost, datetime.datetime.fromisoformat(outcome.finished_at).timestamp()
        parts = (cost.load_seconds, cost.fit_seconds, cost.score_seconds)
        length = cost.wall_seconds if cost.wall_seconds is not None else sum(part or 0.0 for part in parts)
        intervals.append((end - length, end))
    return union_length(intervals)


def union_length(intervals: Iterable[tuple[float, float]]) -> float:
    """Return the length of the union of intervals.

    Examples
    --------
    >>> union_length([(0.0, 2.0), (1.0, 3.0), (10.0, 11.0)])
    4.0
    """
    total, reached = 0.0, -math.inf
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
