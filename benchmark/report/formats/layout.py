"""What a board's tables show: which columns, in which order, what is the best of each, what waits behind a cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmark.interfaces.specs import MetricSpec
from benchmark.report.board import Board, Row, Section
from benchmark.report.cells import NOTHING, count, cut, heading, number_of, points, seconds
from benchmark.report.formats.table import Cell, Column, Panel, Table
from benchmark.report.remarks import board_remarks, section_remarks
from benchmark.report.standing import Standing, standings
from benchmark.report.trials import TrialValue, trial_values

__all__ = ["panels"]

LONGEST_NAME = 60
LONGEST_SETTINGS = 200


@dataclass(frozen=True, slots=True)
class _Shown:
    """A column, and how a row fills it; `best` is what its rows are compared by."""

    column: Column
    cell: Callable[[Row], Cell]
    best: Callable[[Row], float | None] | None = None


def panels(board: Board) -> tuple[Panel, ...]:
    """Return the board's own table, then that of each section with rows."""
    title = f"{cut(board.dataset, LONGEST_NAME)}: {heading(board.metric)}{' (validation)' * board.validation}"
    made = standings(board)
    columns = _columns(board, board.rows, dict(zip(map(id, board.rows), made.rows, strict=True)))
    own = Panel(title, _table(board, board.rows, columns), tuple(board_remarks(board, made)))
    return (own, *(_section(board, section) for section in board.apart if section.rows))


def _section(board: Board, section: Section) -> Panel:
    columns = _columns(board, section.rows, {}) if section.ranked else _unranked(board, section)
    return Panel(section.title, _table(board, section.rows, columns), tuple(section_remarks(section)))


def _columns(board: Board, rows: Sequence[Row], placed: Mapping[int, Standing | None]) -> list[_Shown]:
    """Return who, what it is worth, each class, what it costs: of a line that is too long, the end is lost first.

    A column with nothing in it is left out. `placed` is by the identity of a row: rows have no hash.
    """
    number = number_of(board.metric)
    shown = [
        _number("rank", lambda row: _rank(row, placed.get(id(row)))),
        _text("detector", lambda row: cut(row.detector, LONGEST_NAME)),
    ]
    if any(a.detector == b.detector and a.rule != b.rule for a in rows for b in rows):
        shown.append(_text("rule", lambda row: cut(row.rule, LONGEST_NAME)))
    if any(row.settings for row in rows):
        shown.append(_text("settings", lambda row: cut(row.settings, LONGEST_SETTINGS) or "defaults"))
    shown.append(_Shown(Column("mean"), lambda row: _mean(row, number), lambda row: row.mean))
    if any(standing is not None and standing.p is not None for standing in placed.values()):
        shown.append(_number("p", lambda row: _p(placed.get(id(row)))))
    if any(row.published for row in rows):
        shown += _published(number)
    shown += _tasks(board, number)
    shown.append(_number("seeds", lambda row: str(row.seeds)))
    costs = [
        _number("parameters", lambda row: count(row.parameter_count)),
        _number("fit s", lambda row: seconds(row.fit_seconds)),
        _number("score s", lambda row: seconds(row.score_seconds)),
        _number("peak MiB", lambda row: NOTHING if row.peak_memory_mib is None else f"{row.peak_memory_mib:.0f}"),
    ]
    return [*shown, *(cost for cost in costs if any(cost.cell(row).text != NOTHING for row in rows))]


def _unranked(board: Board, section: Section) -> list[_Shown]:
    number = number_of(board.metric)
    name = _text(section.name, lambda row: cut(row.detector, LONGEST_NAME))
    return [name, _number("mean", lambda row: number(row.mean)), *_tasks(board, number)]


def _text(name: str, text: Callable[[Row], str]) -> _Shown:
    return _Shown(Column(name, numeric=False), lambda row: Cell(text(row)))


def _number(name: str, text: Callable[[Row], str]) -> _Shown:
    return _Shown(Column(name), lambda row: Cell(text(row)))


def _rank(row: Row, standing: Standing | None) -> str:
    """Return `2 (1-3)`, or the rank alone where its interval holds no other."""
    if row.rank is None or standing is None or standing.text in (NOTHING, str(row.rank)):
        return NOTHING if row.rank is None else str(row.rank)
    return f"{row.rank} ({standing.text})"


def _p(standing: Standing | None) -> str:
    if standing is None or standing.p is None:
        return NOTHING
    return "<0.001" if standing.p < 0.001 else f"{standing.p:.3f}"


def _mean(row: Row, number: Callable[[float | None], str]) -> Cell:
    return Cell(number(row.mean) if row.std is None else f"{number(row.mean)} ± {number(row.std)}")


def _tasks(board: Board, number: Callable[[float | None], str]) -> list[_Shown]:
    def of(task: str) -> _Shown:
        def cell(row: Row) -> Cell:
            hint = tuple(_hint(trial, number) for trial in trial_values(row, task, board.metric))
            return Cell(number(row.tasks.get(task)), hint=hint)

        return _Shown(Column(cut(task, LONGEST_NAME)), cell, lambda row: row.tasks.get(task))

    return [of(task) for task in board.tasks]


def _hint(trial: TrialValue, number: Callable[[float | None], str]) -> str:
    interval = "" if trial.interval is None else f", 95 % interval {' to '.join(map(number, trial.interval))}"
    return f"seed {trial.seed}: {number(trial.value)}{interval}"


def _published(number: Callable[[float | None], str]) -> list[_Shown]:
    def auc(row: Row) -> str:
        entry = row.published and row.published.published
        return number(entry.auc if entry else None)

    def verdict(row: Row) -> str:
        return (row.published and row.published.verdict.word) or NOTHING

    return [
        _number("published", auc),
        _number("difference", lambda row: points(row.published.verdict.difference if row.published else None)),
        _text("verdict", verdict),
    ]


def _table(board: Board, rows: Sequence[Row], shown: Sequence[_Shown]) -> Table:
    columns = [_best_in_bold(rows, [column.cell(row) for row in rows], column, board.metric) for column in shown]
    return Table(tuple(column.column for column in shown), tuple(zip(*columns, strict=True)))


def _best_in_bold(rows: Sequence[Row], cells: Sequence[Cell], shown: _Shown, metric: MetricSpec) -> list[Cell]:
    """Return the cells of a column, the best of the ranked rows in bold, and those that read the same.

    Where one row alone is ranked, there is nothing to be better than.
    """
    number = number_of(metric)
    values = [None if row.rank is None or shown.best is None else shown.best(row) for row in rows]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return list(cells)
    best = number((max if metric.higher_is_better else min)(known))
    return [
        dataclasses.replace(cell, bold=value is not None and number(value) == best)
        for cell, value in zip(cells, values, strict=True)
    ]
