"""The uncertainty of a board's ranks: an interval for each, and a test against the leader."""

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
ABOUT_RANKS = "Rank intervals and `p` cover variation over tasks and seeds only."
ABOUT_IMAGES = "The interval of a ROC-AUC (DeLong) covers the sampling of the scored images only. "


def rank_uncertainty(
    rows: Sequence[Row], metric: MetricSpec, tasks: Sequence[str]
) -> tuple[list[RankUncertainty | None], str]:
    """Return the uncertainty of each row's rank, None for one without a mean; and sentences for the board's notes.

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
        _difference(metric, differences),
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


def _difference(metric: MetricSpec, differences: Sequence[FloatArray]) -> str:
    """Return the difference between the first two rows with its standard error over tasks.

    Only of the first two: their task-by-task differences decide which of them is better.
    """
    if not differences or len(differences[0]) < 2:
        return ""
    tasks = len(differences[0])
    mean = abs(float(differences[0].mean()))
    error = float(differences[0].std(ddof=1)) / math.sqrt(tasks)
    if is_percent(metric):
        written, spread = f"{100 * mean:.2f} points", f"{100 * error:.2f}"
    else:
        written, spread = number_of(metric)(mean), number_of(metric)(error)
    return (
        f"The means of the first two rows differ by {written}; the standard error of this difference over {tasks} tasks"
        f" is {spread}."
    )


def _obstacle(tasks: int, p_values: Sequence[float | None]) -> str:
    """Return why no test on this board can be significant; empty where one can."""
    tests = sum(p is not None for p in p_values)
    if not p_values:
        return "Nothing to compare: fewer than two rows have a mean."
    if tasks < FEWEST:
        return f"No `p`: a paired test over {plural(tasks, 'task')} cannot fall below {LEVEL}; it needs {FEWEST} tasks."
    if not tests:
        return f"No `p`: no row differs from the leader on at least {FEWEST} tasks."
    if tests * smallest_p(tasks) >= LEVEL:
        return (
            f"No `p` can fall below {LEVEL}: the smallest value possible with {tasks} tasks is {smallest_p(tasks):.2g},"
            f" before Holm's correction for {plural(tests, 'row')}. Compare fewer rows."
        )
    return ""


def _scope(rows: Sequence[Row], metric: MetricSpec) -> str:
    measures = (o.measure(row.rule, metric.name) for row in rows for o in row.outcomes)
    has_error = any(measure is not None and measure.standard_error is not None for measure in measures)
    return (ABOUT_IMAGES if has_error else "") + (ABOUT_RANKS if len(rows) > 1 else "")
