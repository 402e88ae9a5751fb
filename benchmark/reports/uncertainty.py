"""How certain the ranks of a board are: an interval of each, a test against the leader, and what both can tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.paired_tests import FEWEST, holm, smallest_p, wilcoxon
from benchmark.metrics.rank_bootstrap import rank_intervals
from benchmark.reports.board import RankUncertainty, Row
from benchmark.reports.text import is_percent, number_of, plural

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray

LEVEL = 0.05
ABOUT_RANKS = "Rank intervals and `p` reflect variation over tasks and seeds only."
ABOUT_IMAGES = "The interval of an area (DeLong) reflects which test images were drawn. "


def rank_uncertainty(
    rows: Sequence[Row], metric: MetricSpec, tasks: Sequence[str]
) -> tuple[list[RankUncertainty | None], str]:
    """Return the uncertainty of each row's rank, None for one without a mean; and what the board can tell at all.

    Parameters
    ----------
    rows : sequence of Row
        In order of rank: the first is the leader.
    """
    complete = [row for row in rows if row.mean is not None]
    values = [_values(row, metric, tasks) for row in complete]
    intervals = _intervals(values, higher_is_better=metric.higher_is_better)
    # A task's difference to the leader, of means over seeds: (tasks,) for each row but the first.
    differences = [values[0].mean(axis=1) - of_row.mean(axis=1) for of_row in values[1:]]
    p_values = [None, *holm([wilcoxon(of_row) for of_row in differences])]
    uncertainties = iter([RankUncertainty(*ends, p) for ends, p in zip(intervals, p_values, strict=False)])
    sentences = (
        _resolution(complete, metric, differences),
        _obstacle(len(tasks), p_values[1:]),
        _scope(rows, metric),
    )
    return [None if row.mean is None else next(uncertainties) for row in rows], " ".join(filter(None, sentences))


def _values(row: Row, metric: MetricSpec, tasks: Sequence[str]) -> FloatArray:
    """Return a row's values, shape (tasks, seeds); a row that has a mean lacks none."""
    by_place = {
        (outcome.trial.task, outcome.trial.seed): outcome.metrics[row.rule][metric.name].value
        for outcome in row.outcomes
    }
    seeds = sorted({seed for _, seed in by_place})
    return np.array([[by_place[task, seed] for seed in seeds] for task in tasks])


def _intervals(values: Sequence[FloatArray], *, higher_is_better: bool) -> list[tuple[int | None, int | None]]:
    if len(values) == 1:
        return [(1, 1)]
    if any(of_row.size == 1 for of_row in values):  # one task, and a row with one seed: nothing varies
        return [(None, None)] * len(values)
    return [*rank_intervals(values, higher_is_better=higher_is_better)]


def _resolution(rows: Sequence[Row], metric: MetricSpec, differences: Sequence[FloatArray]) -> str:
    """Return the least difference of the first two rows that is no noise: two standard errors over tasks.

    Of the first two alone: how far the last rows are behind says nothing of what can be told at the top.
    """
    if not differences or len(differences[0]) < 2:
        return ""
    tasks = len(differences[0])
    least = 2 * float(differences[0].std(ddof=1)) / math.sqrt(tasks)
    written = f"{100 * least:.2f} points" if is_percent(metric) else number_of(metric)(least)
    fewest, most = min(row.seeds for row in rows), max(row.seeds for row in rows)
    seeds = plural(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    return (
        f"With {tasks} tasks and {seeds}, the first two rows can be told apart by their means if these differ by more"
        f" than about {written} (two standard errors of the difference over tasks)."
    )


def _obstacle(tasks: int, p_values: Sequence[float | None]) -> str:
    """Return why no test can be significant on this board; empty where one can."""
    tests = sum(p is not None for p in p_values)
    if not p_values:
        return "Nothing to compare: fewer than two rows have a mean."
    if tasks < FEWEST:
        return f"No `p`: with {plural(tasks, 'task')} no paired test can fall below {LEVEL}; it takes {FEWEST}."
    if not tests:
        return f"No `p`: no row differs from the leader on {FEWEST} tasks."
    if tests * smallest_p(tasks) >= LEVEL:
        return (
            f"No `p` can fall below {LEVEL}: the least that {tasks} tasks can give is {smallest_p(tasks):.2g}, before"
            f" Holm's correction for {plural(tests, 'row')}; compare fewer rows."
        )
    return ""


def _scope(rows: Sequence[Row], metric: MetricSpec) -> str:
    measures = (o.measure(row.rule, metric.name) for row in rows for o in row.outcomes)
    if any(measure is not None and measure.standard_error is not None for measure in measures):
        return ABOUT_IMAGES + ABOUT_RANKS
    return ABOUT_RANKS
