"""How much a row varies over seeds: from its own seeds, or from those of rows that resemble it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmark.interfaces.specs import MetricSpec
from benchmark.reports.board import Row, SeedVariance


def seed_variance(row: Row, rows: Sequence[Row], metric: MetricSpec) -> SeedVariance | None:
    """Return a row's variance between seeds, pooled over tasks.

    A row with one seed has that of the other rows of its detector with the same rule, or, if none of them has several
    seeds, that of the rows of its framework. A detector without randomness has a variance of 0 once one of its rows has
    several seeds.

    Parameters
    ----------
    rows : sequence of Row
        Those of the same board.

    Returns
    -------
    SeedVariance or None
        None if no row of the framework has several seeds.
    """
    framework = row.outcomes[0].trial.framework
    choices: tuple[tuple[str, Callable[[Row], bool]], ...] = (
        ("own", lambda other: other is row),
        ("detector", lambda other: (other.detector, other.rule) == (row.detector, row.rule)),
        ("framework", lambda other: other.outcomes[0].trial.framework == framework),
    )
    for origin, resembles in choices:
        parts = [_squares(other, metric) for other in rows if resembles(other)]
        degrees = sum(of_row for _, of_row in parts)
        if degrees:
            return SeedVariance(sum(squares for squares, _ in parts) / degrees, degrees, origin)
    return None


def _squares(row: Row, metric: MetricSpec) -> tuple[float, int]:
    """Return the sum of squares of a row's seeds about the means of their tasks, and its degrees of freedom."""
    by_task: dict[str, list[float]] = {}
    for outcome in row.outcomes:
        if (measure := outcome.measure(row.rule, metric.name)) is not None:
            by_task.setdefault(outcome.trial.task, []).append(measure.value)
    squares = sum(len(values) * float(np.var(values)) for values in by_task.values())
    return squares, sum(len(values) - 1 for values in by_task.values())
