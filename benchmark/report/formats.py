"""Writes a board as markdown, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from benchmark.report.board import Board, Row
from benchmark.report.cells import NOTHING, escaped, heading, listed, number_of, points, seconds
from benchmark.report.verdict import RULE, Comparison, plain

__all__ = ["FORMATS", "to_csv", "to_json", "to_markdown"]


def to_markdown(board: Board) -> str:
    """Return a heading, the table and what a reader must know of it, in GitHub's markdown.

    A metric that ranges from 0 to 1 is given in percent, as the literature does.
    """
    from tabulate import tabulate

    number = number_of(board.metric)
    with_rules = any(a.detector == b.detector and a.rule != b.rule for a in board.rows for b in board.rows)
    header = ["rank", "detector", *["rule"] * with_rules, "settings", *board.tasks, "mean", "std"]
    with_published = any(row.published for row in board.rows)
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
        for row in board.rows
    ]
    # The texts are formatted above: tabulate must neither parse nor realign them.
    aligned = ["left" if name in ("detector", "rule", "settings", "verdict") else "right" for name in header]
    text = tabulate(table, [escaped(name) for name in header], "github", disable_numparse=True, colalign=aligned)
    title = f"# {board.dataset}: {heading(board.metric)}"
    if board.validation:
        title += " (validation)"
    return "\n\n".join([title, text, *_remarks(board)]) + "\n"


def to_csv(board: Board) -> str:
    """Return one line a row, numbers as they are."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = ["rank", "detector", "rule", "settings", "mean", "std", "seeds", "fit_seconds", "score_seconds"]
    beside = ["published", "difference", "verdict", "why"] if any(row.published for row in board.rows) else []
    writer.writerow([*names, *beside, "status", *(f"task {task}" for task in board.tasks)])
    for row in _plain_rows(board):
        status = " ".join(f"{name}={count}" for name, count in row["status"].items())
        published = [(row["published"] or {}).get(name) for name in beside]
        tasks = [row["tasks"][task] for task in board.tasks]
        writer.writerow([*(row[name] for name in names), *published, status, *tasks])
    return buffer.getvalue()


def to_json(board: Board) -> str:
    """Return a list of rows."""
    return json.dumps(_plain_rows(board), indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Board], str]] = {"markdown": to_markdown, "csv": to_csv, "json": to_json}


def _plain_rows(board: Board) -> list[dict[str, Any]]:
    rows = [_plain_row(row) for row in board.rows]
    if any(row.published for row in board.rows):
        for values, row in zip(rows, board.rows, strict=True):
            values["published"] = row.published and plain(row.published)
    return rows


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


def _published_cells(row: Row, number: Callable[[float | None], str]) -> list[str]:
    if row.published is None:
        return [NOTHING] * 3
    entry, verdict = row.published.published, row.published.verdict
    return [number(None if entry is None else entry.auc), points(verdict.difference), verdict.word or NOTHING]


def _remarks(board: Board) -> list[str]:
    judged = "held-out training images (no test image was seen)" if board.validation else "the whole test set"
    remarks = [
        f"Each task: learn from one class's training images alone, be judged on {judged}; the other classes are"
        " anomalous. A cell is the mean over seeds; std is over seeds, of the mean over tasks; seconds are means per"
        " task. Defaults were chosen with the other classes' training images, never with test images."
    ]
    for row in board.rows:
        name = _name(row)
        if row.missing:
            remarks.append(f"- {escaped(name)}: no mean while these are missing: {escaped(listed(row.missing))}")
        if row.notes:
            remarks.append(f"- {escaped(name)}: {escaped(listed(row.notes))}")
    remarks += [f"- {escaped(footnote)}" for footnote in board.footnotes]
    compared = {row.detector: row.published for row in board.rows if row.published}
    if compared:
        remarks.append(
            f"`published` is the mean over classes in the literature, whatever a row's settings; {RULE}"
            f" `bench reproduce DETECTOR --dataset {board.dataset}` runs the published recipe and compares each class."
        )
        remarks += [f"- {escaped(_published_remark(name, beside))}" for name, beside in compared.items()]
    for row in board.rows:
        if row.published and row.published.verdict.why:
            remarks.append(f"- {escaped(_name(row))}: {escaped(row.published.verdict.why)}")
    return remarks


def _name(row: Row) -> str:
    return f"{row.detector}{f' ({row.settings})' if row.settings else ''}, rule {row.rule}"


def _published_remark(detector: str, compared: Comparison) -> str:
    entry = compared.published
    if entry is None:
        return f"{detector}: no mean is published"
    computed = "the mean of the printed classes" if compared.computed else ""
    texts = filter(None, [entry.citation, entry.source, computed, entry.note])
    return f"{detector}: {entry.method} ({entry.key}); {'; '.join(texts)}"
