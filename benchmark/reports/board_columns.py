"""The columns of a board's tables: which ones, in which order, what is bold, which tooltip a cell has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmark.interfaces.specs import MetricSpec
from benchmark.reports.board import Board, Row, settings_text
from benchmark.reports.document import Cell, Column, Note, Table
from benchmark.reports.row_cost import shown_seconds
from benchmark.reports.select_row import row_label
from benchmark.reports.text import NOTHING, count, number_of, points, seconds, signed_of, truncate
from benchmark.reports.trial_values import TrialValue, trial_values

LONGEST_NAME = 60
LONGEST_SETTINGS = 200

Number = Callable[[float | None], str]


@dataclass(frozen=True, slots=True)
class _Filled:
    """A column, and how a row fills it; `best` is what its rows are compared by."""

    column: Column
    cell: Callable[[Row], Cell]
    best: Callable[[Row], float | None] | None = None


def board_table(board: Board, rows: Sequence[Row], title: str, notes: tuple[Note, ...]) -> Table:
    """Return the table of a board's own rows, or of its oracle rows."""
    filled = _columns(board, rows)
    cells = [_best_in_bold(rows, [each.cell(row) for row in rows], each, board.metric) for each in filled]
    return Table(title, tuple(each.column for each in filled), tuple(zip(*cells, strict=True)), notes)


def baseline_table(board: Board, title: str, notes: tuple[Note, ...]) -> Table:
    """Return the table of a board's baselines: not ranked, nothing bold."""
    number = number_of(board.metric)
    names = [Column("baseline", numeric=False), Column("mean"), *(Column(_short(task)) for task in board.tasks)]
    rows = [
        [_short(name), number(each.mean), *(number(each.tasks[task]) for task in board.tasks)]
        for name, each in board.baselines.items()
    ]
    rows += [
        [truncate(row_label(row), LONGEST_SETTINGS), _mean(row, number), *(number(row.tasks[t]) for t in board.tasks)]
        for row in board.baseline_rows
    ]
    return Table(title, tuple(names), tuple(tuple(map(Cell, row)) for row in rows), notes)


def _columns(board: Board, rows: Sequence[Row]) -> list[_Filled]:
    """Return the columns by importance, since a long line is cut at the right; without those with nothing in them."""
    number = number_of(board.metric)
    columns = [_number("rank", _rank), _text("detector", lambda row: _short(row.detector))]
    if any(a.detector == b.detector and a.rule != b.rule for a in rows for b in rows):
        columns.append(_text("rule", lambda row: _short(row.rule)))
    if any(row.non_default or row.chosen for row in rows):
        columns.append(_text("settings", lambda row: truncate(settings_text(row), LONGEST_SETTINGS) or "defaults"))
    columns.append(_Filled(Column("mean"), lambda row: Cell(_mean(row, number)), lambda row: row.mean))
    if any(row.uncertainty and row.uncertainty.to_leader for row in rows):
        signed = signed_of(board.metric)
        columns.append(_number("to leader", lambda row: _to_leader(row, signed)))
    if any(row.published for row in rows):
        columns += _published(number)
    columns += [_task(board, task, number) for task in board.tasks]
    columns.append(_number("seeds", lambda row: str(row.seeds)))
    costs = [
        _number("model size", lambda row: count(row.parameter_count)),
        _number("fit cpu s", lambda row: seconds(shown_seconds(row).fit_cpu)),
        _number("score cpu s", lambda row: seconds(shown_seconds(row).score_cpu)),
        _number("fit s", lambda row: seconds(shown_seconds(row).fit_wall)),
        _number("score s", lambda row: seconds(shown_seconds(row).score_wall)),
        _number("peak MiB", lambda row: NOTHING if row.peak_memory_mib is None else f"{row.peak_memory_mib:.0f}"),
    ]
    return [*columns, *(cost for cost in costs if any(cost.cell(row).text != NOTHING for row in rows))]


def _short(name: str) -> str:
    return truncate(name, LONGEST_NAME)


def _text(name: str, text: Callable[[Row], str]) -> _Filled:
    return _Filled(Column(name, numeric=False), lambda row: Cell(text(row)))


def _number(name: str, text: Callable[[Row], str]) -> _Filled:
    return _Filled(Column(name), lambda row: Cell(text(row)))


def _rank(row: Row) -> str:
    """Return `2 (1-3)`, or the rank alone where its interval holds no other."""
    if row.rank is None:
        return NOTHING
    interval = row.uncertainty
    if interval is None or interval.low is None or interval.low == interval.high == row.rank:
        return str(row.rank)
    ends = f"{interval.low}" if interval.low == interval.high else f"{interval.low}-{interval.high}"
    return f"{row.rank} ({ends})"


def _to_leader(row: Row, signed: Number) -> str:
    """Return `-1.2 (-2.0 to -0.4)`: the difference to the first row and its interval, if there is one."""
    found = row.uncertainty.to_leader if row.uncertainty else None
    if found is None:
        return NOTHING
    interval = "" if found.low is None else f" ({signed(found.low)} to {signed(found.high)})"
    return f"{signed(found.value)}{interval}"


def _mean(row: Row, number: Number) -> str:
    return number(row.mean) if row.std is None else f"{number(row.mean)} ± {number(row.std)}"


def _task(board: Board, task: str, number: Number) -> _Filled:
    def cell(row: Row) -> Cell:
        hint = tuple(_hint(trial, number) for trial in trial_values(row, task, board.metric))
        return Cell(number(row.tasks.get(task)), hint=hint)

    return _Filled(Column(_short(task)), cell, lambda row: row.tasks.get(task))


def _hint(trial: TrialValue, number: Number) -> str:
    interval = "" if trial.interval is None else f", 95 % interval {' to '.join(map(number, trial.interval))}"
    if trial.class_interval is not None:
        interval += f", for other classes of anomalies {' to '.join(map(number, trial.class_interval))}"
    return f"seed {trial.seed}: {number(trial.value)}{interval}"


def _published(number: Number) -> list[_Filled]:
    def value(row: Row) -> str:
        entry = row.published.published if row.published else None
        return number(entry.auc if entry else None)

    def verdict(row: Row) -> str:
        return row.published.verdict.word or NOTHING if row.published else NOTHING

    return [
        _number("published", value),
        _number("difference", lambda row: points(row.published.verdict.difference if row.published else None)),
        _text("verdict", verdict),
    ]


def _best_in_bold(rows: Sequence[Row], cells: Sequence[Cell], filled: _Filled, metric: MetricSpec) -> list[Cell]:
    """Return the cells of a column: bold is the best of the ranked rows, and what reads the same.

    Nothing is bold where fewer than two rows can be compared.
    """
    number = number_of(metric)
    values = [None if row.rank is None or filled.best is None else filled.best(row) for row in rows]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return list(cells)
    best = number((max if metric.higher_is_better else min)(known))
    return [
        dataclasses.replace(cell, bold=value is not None and number(value) == best)
        for cell, value in zip(cells, values, strict=True)
    ]
