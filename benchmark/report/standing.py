"""How firmly the rows of a board stand: an interval of each rank, a test against the leader, what both can tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.report.board import Board, Row
from benchmark.report.cells import NOTHING, is_percent, number_of
from benchmark.statistics.paired import FEWEST, holm, smallest_p, wilcoxon
from benchmark.statistics.ranks import rank_intervals

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray

__all__ = ["Standing", "Standings", "standings"]

LEVEL = 0.05
ABOUT_RANKS = "the interval of a rank, and `p`, say how far it hangs on the tasks and seeds, and nothing else."
ABOUT_IMAGES = "The interval of an area (DeLong) says how far the number hangs on which test images were drawn; "


@dataclass(frozen=True, slots=True)
class Standing:
    """What tasks and seeds say of a row's place.

    Attributes
    ----------
    low, high : int or None
        The 95 % interval of the rank, `low` the better end; None where neither tasks nor seeds vary.
    p : float or None
        How often tasks would speak so clearly for one side if the row and the leader were equally good: Wilcoxon's
        signed-rank test over tasks, after Holm's correction for the rows of the board. None for the leader, and where
        fewer than 6 tasks differ.
    """

    low: int | None
    high: int | None
    p: float | None

    @property
    def text(self) -> str:
        """The interval as a cell has it: `1-3`, or `4` where both ends are one."""
        if self.low is None or self.high is None:
            return NOTHING
        return f"{self.low}" if self.low == self.high else f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class Standings:
    """The standings of a board.

    Attributes
    ----------
    rows : tuple of (Standing or None)
        One for each of the board's own rows, in their order; None where a row has no mean.
    remark : str
        What so many tasks and seeds can tell at all, why no verdict is possible where none is, and what the two kinds
        of interval are about. Plain text but for the backticks around `p`.
    """

    rows: tuple[Standing | None, ...]
    remark: str


def standings(board: Board) -> Standings:
    """Return how firmly each ranked row of a board stands; rows that stand apart are not looked at.

    The leader is the first row. The same board gives the same standings, to the last digit.
    """
    ranked = [row for row in board.rows if row.mean is not None]
    values = [_values(row, board) for row in ranked]
    intervals = _intervals(values, higher_is_better=board.metric.higher_is_better)
    # A task's difference to the leader, of means over seeds: (tasks,) for each row but the first.
    differences = [values[0].mean(axis=1) - of_row.mean(axis=1) for of_row in values[1:]]
    p_values = [None, *holm([wilcoxon(of_row) for of_row in differences])]
    found = iter([Standing(*ends, p) for ends, p in zip(intervals, p_values, strict=False)])
    sentences = (_resolution(board, ranked, differences), _obstacle(board, p_values[1:]), _scope(board))
    return Standings(
        rows=tuple(None if row.mean is None else next(found) for row in board.rows),
        remark=" ".join(filter(None, sentences)),
    )


def _values(row: Row, board: Board) -> FloatArray:
    """Return a row's values, shape (tasks, seeds); a row that has a mean lacks none."""
    import numpy as np

    by_place = {
        (outcome.trial.task, outcome.trial.seed): outcome.metrics[row.rule][board.metric.name].value
        for outcome in row.outcomes
    }
    seeds = sorted({seed for _, seed in by_place})
    return np.array([[by_place[task, seed] for seed in seeds] for task in board.tasks])


def _intervals(values: Sequence[FloatArray], *, higher_is_better: bool) -> list[tuple[int | None, int | None]]:
    if len(values) == 1:
        return [(1, 1)]
    if any(of_row.size == 1 for of_row in values):  # one task, and a row with one seed: nothing to draw from
        return [(None, None)] * len(values)
    return [*rank_intervals(values, higher_is_better=higher_is_better)]


def _resolution(board: Board, ranked: Sequence[Row], differences: Sequence[FloatArray]) -> str:
    """Return the least difference of the first two rows that is no noise: two standard errors over tasks.

    Of the first two alone: how unlike the leader the last rows are says nothing of what can be told at the top.
    """
    tasks = len(board.tasks)
    if not differences or tasks < 2:
        return ""
    least = 2 * float(differences[0].std(ddof=1)) / math.sqrt(tasks)
    written = f"{100 * least:.2f} points" if is_percent(board.metric) else number_of(board.metric)(least)
    fewest, most = min(row.seeds for row in ranked), max(row.seeds for row in ranked)
    seeds = f"{most} seed{'s' * (most > 1)}" if fewest == most else f"{fewest} to {most} seeds"
    return (
        f"With {tasks} tasks and {seeds}, the first two rows can be told apart by their means if these differ by more"
        f" than about {written} (two standard errors of the difference over tasks)."
    )


def _obstacle(board: Board, p_values: Sequence[float | None]) -> str:
    """Return why the tests can give no verdict on this board; empty where they can."""
    tasks, made = len(board.tasks), sum(p is not None for p in p_values)
    if not p_values:
        return "There is no verdict: it takes two rows with a mean."
    if tasks < FEWEST:
        there = "there is one task" if tasks == 1 else f"there are {tasks} tasks"
        return f"There is no verdict, and no `p`: {there}, and a paired test takes {FEWEST} to fall below {LEVEL}."
    if not made:
        return f"There is no verdict, and no `p`: no row differs from the leader on {FEWEST} tasks."
    if made * smallest_p(tasks) >= LEVEL:
        return (
            f"There is no verdict: the least `p` that {tasks} tasks can give is {smallest_p(tasks):.2g}, and after"
            f" Holm's correction for {made} rows none is below {LEVEL}; ask of fewer rows, or compare two."
        )
    return ""


def _scope(board: Board) -> str:
    measures = (
        measure
        for row in board.rows
        for outcome in row.outcomes
        if (measure := outcome.metrics.get(row.rule, {}).get(board.metric.name)) is not None
    )
    if any(measure.standard_error is not None for measure in measures):
        return ABOUT_IMAGES + ABOUT_RANKS
    return ABOUT_RANKS[0].upper() + ABOUT_RANKS[1:]
