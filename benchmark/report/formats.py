"""Writes a board as markdown, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmark.report.board import Board, Row
from benchmark.report.cells import NOTHING, escaped, heading, number_of, points, seconds
from benchmark.report.remarks import board_remarks, section_remarks
from benchmark.report.verdict import plain

__all__ = ["FORMATS", "to_csv", "to_json", "to_markdown"]


def to_markdown(board: Board) -> str:
    """Return a heading, the table and what a reader must know of it, in GitHub's markdown; then what stands apart.

    A metric that ranges from 0 to 1 is given in percent, as the literature does.
    """
    title = f"# {board.dataset}: {heading(board.metric)}"
    if board.validation:
        title += " (validation)"
    parts = [title, _table(board, board.rows), *board_remarks(board)]
    for section in board.apart:
        if section.rows:
            parts += [f"## {section.title}", _table(board, section.rows), *section_remarks(section)]
    return "\n\n".join(parts) + "\n"


def to_csv(board: Board) -> str:
    """Return one line a row, numbers as they are; a column for each section tells its rows from the others."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = ["rank", "detector", "rule", "settings", "mean", "std", "seeds", "fit_seconds", "score_seconds"]
    marks = [section.name for section in board.apart]
    beside = ["published", "difference", "verdict", "why"] if any(row.published for row in board.every_row) else []
    writer.writerow([*names, *marks, *beside, "status", *(f"task {task}" for task in board.tasks)])
    for row in _plain_rows(board):
        status = " ".join(f"{name}={count}" for name, count in row["status"].items())
        published = [(row["published"] or {}).get(name) for name in beside]
        tasks = [row["tasks"][task] for task in board.tasks]
        marked = [json.dumps(row[name]) for name in marks]
        writer.writerow([*(row[name] for name in names), *marked, *published, status, *tasks])
    return buffer.getvalue()


def to_json(board: Board) -> str:
    """Return a list of rows; a field for each section tells its rows from the others."""
    return json.dumps(_plain_rows(board), indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Board], str]] = {"markdown": to_markdown, "csv": to_csv, "json": to_json}


def _plain_rows(board: Board) -> list[dict[str, Any]]:
    rows = board.every_row
    found = [_plain_row(row) for row in rows]
    if any(row.published for row in rows):
        for values, row in zip(found, rows, strict=True):
            values["published"] = row.published and plain(row.published)
    marks = [*("" for _ in board.rows), *(section.name for section in board.apart for _ in section.rows)]
    for values, mark in zip(found, marks, strict=True):
        values |= {section.name: mark == section.name for section in board.apart}
    if any(row.chosen for row in rows):
        for values, row in zip(found, rows, strict=True):
            values["chosen_of"] = row.chosen and row.chosen.settings
            values["chosen"] = row.chosen and row.chosen.tasks
    return found


def _plain_row(row: Row) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "detector": row.detector,
        "rule": row.rule,
        "params": dict(row.params),
        "settings": row.settings,
        "mean": row.mean,
        "std": row.std,
        "tasks": dict(row.tasks),
        "seeds": row.seeds,
        "status": dict(row.status),
        "missing": list(row.missing),
        "notes": list(row.notes),
        "fit_seconds": row.fit_seconds,
        "score_seconds": row.score_seconds,
    }


def _table(board: Board, rows: Sequence[Row]) -> str:
    from tabulate import tabulate

    number = number_of(board.metric)
    with_rules = any(a.detector == b.detector and a.rule != b.rule for a in rows for b in rows)
    header = ["rank", "detector", *["rule"] * with_rules, "settings", *board.tasks, "mean", "std"]
    with_published = any(row.published for row in rows)
    header += ["seeds", *["published", "difference", "verdict"] * with_published, "fit s", "score s"]
    table = [
        [
            NOTHING if row.rank is None else str(row.rank),
            escaped(row.detector),
            *[escaped(row.rule)] * with_rules,
            escaped(row.settings) or "defaults",
            *(number(row.tasks.get(task)) for task in board.tasks),
            number(row.mean),
            number(row.std),
            str(row.seeds),
            *_published_cells(row, number) * with_published,
            seconds(row.fit_seconds),
            seconds(row.score_seconds),
        ]
        for row in rows
    ]
    # The texts are formatted above: tabulate must neither parse nor realign them.
    aligned = ["left" if name in ("detector", "rule", "settings", "verdict") else "right" for name in header]
    text: str = tabulate(table, [escaped(name) for name in header], "github", disable_numparse=True, colalign=aligned)
    return text


def _published_cells(row: Row, number: Callable[[float | None], str]) -> list[str]:
    if row.published is None:
        return [NOTHING] * 3
    entry, verdict = row.published.published, row.published.verdict
    return [number(None if entry is None else entry.auc), points(verdict.difference), verdict.word or NOTHING]
