"""A board for programs: CSV, a line a row, and JSON, which has everything."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from typing import Any

from benchmark.report.board import Board, Row, complete_mean
from benchmark.report.canaries import canaries
from benchmark.report.cells import cut, visible
from benchmark.report.standing import Standing, standings
from benchmark.report.trials import trial_values
from benchmark.report.verdict import plain

__all__ = ["to_csv", "to_json"]

LONGEST_TEXT = 2000
FORMULA = ("=", "+", "-", "@")


def to_csv(board: Board) -> str:
    """Return one line a row, numbers as they are; a column for each ranked section tells its rows from the others.

    A text that a spreadsheet would compute gets an apostrophe before it, control characters are spelled out, and what
    is longer than 2,000 characters is cut.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = ["metric", "rank", "rank_low", "rank_high", "p", "detector", "rule", "settings", "mean", "std", "seeds"]
    names += ["parameter_count", "fit_seconds", "score_seconds", "peak_memory_mib"]
    marks = _marks(board)
    beside = ["published", "difference", "verdict", "why"] if any(row.published for row in board.every_row) else []
    rows = _plain_rows(board)
    worth = list(dict.fromkeys(name for row in rows for name in row.get("canaries", {})))
    header = [*names, *marks, *beside, "status", *(f"canary {name}" for name in worth)]
    writer.writerow([_safe(name) for name in (*header, *(f"task {task}" for task in board.tasks))])
    for row in rows:
        status = " ".join(f"{name}={count}" for name, count in row["status"].items())
        published = [(row["published"] or {}).get(name) for name in beside]
        tasks = [row["tasks"][task] for task in board.tasks]
        marked = [json.dumps(row[name]) for name in marks]
        apart = [row.get("canaries", {}).get(name, {}).get("mean") for name in worth]
        line = [*(row[name] for name in names), *marked, *published, status, *apart, *tasks]
        writer.writerow([_safe(value) if isinstance(value, str) else value for value in line])
    return buffer.getvalue()


def to_json(board: Board) -> str:
    """Return a list of rows; a field for each ranked section tells its rows from the others.

    Texts are whole and exact. What a terminal could obey, or nobody would see, is written as an escape of JSON.
    """
    text = json.dumps(_plain_rows(board), indent=2, ensure_ascii=False)
    return "\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n")) + "\n"


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _safe(text: str) -> str:
    seen = cut(visible(text), LONGEST_TEXT)
    return f"'{seen}" if seen.startswith(FORMULA) else seen


def _marks(board: Board) -> list[str]:
    return [section.name for section in board.apart if section.ranked]


def _plain_rows(board: Board) -> list[dict[str, Any]]:
    """Return the rows, then those of the ranked sections: a canary is no detector, and stands in the rows instead."""
    marked: list[tuple[str, Row, Standing | None]] = [
        ("", row, standing) for row, standing in zip(board.rows, standings(board).rows, strict=True)
    ]
    marked += [(section.name, row, None) for section in board.apart if section.ranked for row in section.rows]
    with_published = any(row.published for _, row, _ in marked)
    with_choice = any(row.chosen for _, row, _ in marked)
    with_canaries = any(not section.ranked for section in board.apart)
    found = []
    for mark, row, standing in marked:
        values = _plain_row(row, standing, board)
        if with_canaries:
            values["canaries"] = _plain_canaries(row, board)
        if with_published:
            values["published"] = row.published and plain(row.published)
        values |= {name: mark == name for name in _marks(board)}
        if with_choice:
            values["chosen_of"] = row.chosen and row.chosen.settings
            values["chosen"] = row.chosen and row.chosen.tasks
        found.append(values)
    return found


def _plain_row(row: Row, standing: Standing | None, board: Board) -> dict[str, Any]:
    trials = {
        task: [dataclasses.asdict(trial) for trial in trial_values(row, task, board.metric)] for task in board.tasks
    }
    return {
        "metric": board.metric.name,
        "rank": row.rank,
        "rank_low": standing and standing.low,
        "rank_high": standing and standing.high,
        "p": standing and standing.p,
        "detector": row.detector,
        "rule": row.rule,
        "params": dict(row.params),
        "settings": row.settings,
        "mean": row.mean,
        "std": row.std,
        "tasks": dict(row.tasks),
        "trials": trials,
        "seeds": row.seeds,
        "status": dict(row.status),
        "missing": list(row.missing),
        "notes": list(row.notes),
        "parameter_count": row.parameter_count,
        "fit_seconds": row.fit_seconds,
        "score_seconds": row.score_seconds,
        "peak_memory_mib": row.peak_memory_mib,
    }


def _plain_canaries(row: Row, board: Board) -> dict[str, Any]:
    made = canaries(row.outcomes, board.tasks)
    return {name: {"mean": complete_mean(list(tasks.values())), "tasks": tasks} for name, tasks in made.items()}
