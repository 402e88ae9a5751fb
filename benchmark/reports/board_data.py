"""A board for programs: plain values for JSON, and lines for CSV."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from benchmark.reports.baselines import baselines
from benchmark.reports.board import Board, Row, settings_text
from benchmark.reports.published.verdict import plain
from benchmark.reports.trial_values import trial_values

SCALARS = (
    "metric", "rank", "rank_low", "rank_high", "to_leader", "to_leader_low", "to_leader_high", "p", "p_rows",
    "detector", "rule", "settings", "mean", "std", "seeds", "parameter_count", "fit_seconds", "score_seconds",
    "fit_cpu_seconds", "score_cpu_seconds", "peak_memory_mib",
)  # fmt: skip


def board_data(board: Board) -> list[dict[str, Any]]:
    """Return a board's rows, then those of baselines and oracles, as plain values; numbers are not rounded."""
    rows = (*board.rows, *board.baseline_rows, *board.oracle)
    with_published = any(row.published for row in rows)
    tests = sum(row.uncertainty is not None and row.uncertainty.p is not None for row in rows)
    data = []
    for row in rows:
        values = _row_data(row, board, tests)
        if board.baselines:
            of_row = baselines(row.outcomes, board.tasks)
            values["baselines"] = {name: dataclasses.asdict(baseline) for name, baseline in of_row.items()}
        if board.baseline_rows:
            values["is_baseline"] = row.is_baseline
        if with_published:
            values["published"] = row.published and plain(row.published)
        if board.oracle:
            values["oracle"] = row.chosen is not None
            values["chosen_of"] = row.chosen and row.chosen.settings
            values["chosen"] = row.chosen and row.chosen.tasks
        data.append(values)
    return data


def board_lines(board: Board) -> tuple[tuple[Any, ...], ...]:
    """Return a header, and a line for each row; numbers are not rounded."""
    data = board_data(board)
    published = ["published", "difference", "verdict", "why"] if any(row.get("published") for row in data) else []
    names = list(dict.fromkeys(name for row in data for name in row.get("baselines", {})))
    header = [*SCALARS, *(["is_baseline"] if board.baseline_rows else []), *(["oracle"] if board.oracle else [])]
    header += [*published, "status"]
    header += [*(f"baseline {name}" for name in names), *(f"task {task}" for task in board.tasks)]
    lines = [tuple(header)]
    for row in data:
        line = [row[name] for name in SCALARS]
        line += [json.dumps(row["is_baseline"])] if board.baseline_rows else []
        line += [json.dumps(row["oracle"])] if board.oracle else []
        line += [(row["published"] or {}).get(name) for name in published]
        line.append(" ".join(f"{name}={count}" for name, count in row["status"].items()))
        line += [row.get("baselines", {}).get(name, {}).get("mean") for name in names]
        line += [row["tasks"][task] for task in board.tasks]
        lines.append(tuple(line))
    return tuple(lines)


def _row_data(row: Row, board: Board, tests: int) -> dict[str, Any]:
    uncertainty = row.uncertainty
    to_leader = uncertainty and uncertainty.to_leader
    tested = uncertainty is not None and uncertainty.p is not None
    variance = uncertainty and uncertainty.seed_variance
    return {
        "metric": board.metric.name,
        "rank": row.rank,
        "rank_low": uncertainty and uncertainty.low,
        "rank_high": uncertainty and uncertainty.high,
        "to_leader": to_leader and to_leader.value,
        "to_leader_low": to_leader and to_leader.low,
        "to_leader_high": to_leader and to_leader.high,
        "to_leader_seeds": list(uncertainty.seeds) if uncertainty and to_leader else None,
        "p": uncertainty and uncertainty.p,
        "p_rows": tests if tested else None,
        "seed_variance": variance and dataclasses.asdict(variance),
        "detector": row.detector,
        "rule": row.rule,
        "params": dict(row.params),
        "non_default": dict(row.non_default),
        "settings": settings_text(row),
        "mean": row.mean,
        "std": row.std,
        "tasks": dict(row.tasks),
        "trials": {
            task: [dataclasses.asdict(trial) for trial in trial_values(row, task, board.metric)] for task in board.tasks
        },
        "seeds": row.seeds,
        "status": dict(row.status),
        "missing": list(row.missing),
        "notes": list(row.notes),
        "parameter_count": row.parameter_count,
        "fit_seconds": row.fit_seconds,
        "score_seconds": row.score_seconds,
        "fit_cpu_seconds": row.fit_cpu_seconds,
        "score_cpu_seconds": row.score_cpu_seconds,
        "peak_memory_mib": row.peak_memory_mib,
    }
