"""From a store to a board, and from a board to a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.outcome import Outcome
from benchmark.registry import Registry
from benchmark.reports.beside import beside, is_baseline, reference_of
from benchmark.reports.board import Board
from benchmark.reports.board_columns import LONGEST_NAME, baseline_table, board_table
from benchmark.reports.board_data import board_data, board_lines
from benchmark.reports.board_details import details_table
from benchmark.reports.document import Report
from benchmark.reports.notes import baseline_notes, board_notes, oracle_notes
from benchmark.reports.oracle import oracle_rows
from benchmark.reports.published.ledger import Ledger
from benchmark.reports.recipe import recipe_of
from benchmark.reports.rows import make_board
from benchmark.reports.settings import non_default
from benchmark.reports.text import heading, truncate
from benchmark.results import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRequest:
    """Which board.

    Attributes
    ----------
    metric : str
        What to rank by.
    rules : bool
        A row for each rule, not only for the primary one.
    validation : bool
        Only outcomes measured on held-out training images.
    oracle : bool
        Add a row for each sweep, with the parameters chosen by test labels.
    ledger_path : Path or None
        Another file of published numbers; None for that of the package.
    """

    dataset: str
    metric: str = "roc_auc"
    rules: bool = False
    validation: bool = False
    oracle: bool = False
    ledger_path: Path | None = None


def board_of(store: Store, registry: Registry, request: BoardRequest) -> Board:
    """Return the board of a dataset, as `bench leaderboard` shows it; nothing is written to the store.

    Raises
    ------
    UnknownName
        If there is no such dataset or metric.
    InvalidRequest
        If the store has no outcome for the board, or none with the metric.
    """

    def values(outcome: Outcome) -> Mapping[str, Any]:
        return non_default(outcome.trial, outcome.task, registry)

    dataset, metric = request.dataset, registry.metrics[request.metric]
    if dataset not in store.datasets():
        registry.datasets.require(dataset)
    outcomes = store.outcomes(dataset)
    board = make_board(
        dataset,
        outcomes,
        metric,
        non_default=values,
        is_baseline=lambda detector: is_baseline(registry, detector),
        rules=request.rules,
        validation=request.validation,
        repeated=store.repeated(dataset),
    )
    rows = (*board.rows, *board.baseline_rows)
    if not rows:
        flag = " --validation-only" if request.validation else ""
        raise InvalidRequest(
            f"{store.path} has no outcome on {dataset!r} for this board; run:"
            f" bench run --dataset {dataset}{flag} --detector NAME"
        )
    _check_measured([outcome for row in rows for outcome in row.outcomes], metric.name, dataset)
    if request.oracle:
        oracle = oracle_rows(
            board, outcomes, lambda uid: store.scores(uid, "test"), non_default=values, rules=request.rules
        )
        board = dataclasses.replace(board, oracle=oracle)
    return beside(
        board,
        lambda name: reference_of(registry, name),
        lambda: Ledger.read(request.ledger_path),
        lambda outcome: recipe_of(registry, outcome.trial),
    )


def leaderboard_report(board: Board, *, details: bool = False) -> Report:
    """Return the ranking, then the details, if asked for, and the baselines and the oracle rows where there are any."""
    validation = " (validation)" if board.validation else ""
    tables = [board_table(board, board.rows, "", board_notes(board))]
    if details:
        tables.append(details_table(board))
    if board.baselines or board.baseline_rows:
        tables.append(baseline_table(board, "Baselines", baseline_notes(board)))
    if board.oracle:
        title = "Oracle: settings chosen with test labels"
        tables.append(board_table(board, board.oracle, title, oracle_notes(board.oracle)))
    return Report(
        title=f"{truncate(board.dataset, LONGEST_NAME)}: {heading(board.metric)}{validation}",
        tables=tuple(tables),
        data=board_data(board),
        lines=board_lines(board),
    )


def _check_measured(outcomes: Sequence[Outcome], metric: str, dataset: str) -> None:
    """Raise if the outcomes have numbers, but none of this metric; if none has a number, the rows give the reasons."""
    measured = sorted({name for o in outcomes for measures in o.metrics.values() for name in measures})
    if measured and metric not in measured:
        raise InvalidRequest(
            f"no outcome on {dataset!r} has the metric {metric!r}; they have {', '.join(measured)}."
            f" Compute it from the stored scores: bench results rescore --metric {metric}"
        )
