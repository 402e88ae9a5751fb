"""From a store to a board: what is kept, ranked, beside what is published."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from benchmark.interfaces.errors import InvalidRequest
from benchmark.ledger import Ledger
from benchmark.registry import Registry
from benchmark.report.board import Board, make_board
from benchmark.report.oracle import oracle_section
from benchmark.report.published import beside, reference_of
from benchmark.report.settings import settings_text
from benchmark.store import Store
from benchmark.trial import Outcome

__all__ = ["board_of"]


def board_of(
    store: Store,
    known: Registry,
    dataset: str,
    metric: str = "roc_auc",
    *,
    rules: bool = False,
    validation: bool = False,
    oracle: bool = False,
    ledger_path: Path | None = None,
) -> Board:
    """Return the board of a dataset, as `bench leaderboard` shows it.

    Parameters
    ----------
    store : Store
        Open; nothing is written to it.
    metric : str
        What to rank by.
    rules : bool
        A row for each rule, not only for the primary one.
    validation : bool
        Only what was judged on held-out training images.
    oracle : bool
        With a section of what test labels choose in each sweep; empty where there is nothing to choose from.
    ledger_path : Path or None
        Published numbers of one's own; None for those of the package.

    Raises
    ------
    UnknownName
        If nobody knows the dataset or the metric.
    InvalidRequest
        If the store holds nothing for the board, or nothing that was measured by the metric.
    """

    def settings(outcome: Outcome) -> str:
        return settings_text(outcome.trial, outcome.task, known)

    spec = known.metrics[metric]
    if dataset not in store.datasets():
        _ = known.datasets[dataset]  # unknown here too: say so, with what is known
    outcomes = store.outcomes(dataset)
    board = make_board(dataset, outcomes, spec, settings=settings, rules=rules, validation=validation)
    if not board.rows:
        flag = " --validation-only" if validation else ""
        raise InvalidRequest(
            f"{store.path} holds no outcome on {dataset!r} for this board; make one with:"
            f" bench run --dataset {dataset}{flag} --detector NAME"
        )
    _check_measured([outcome for row in board.rows for outcome in row.outcomes], metric, dataset)
    if oracle:
        section = oracle_section(board, outcomes, store.test_scores, settings=settings, rules=rules)
        board = dataclasses.replace(board, apart=(*board.apart, section))
    return beside(board, lambda name: reference_of(known, name), lambda: Ledger.read(ledger_path))


def _check_measured(outcomes: Sequence[Outcome], metric: str, dataset: str) -> None:
    """Raise if the outcomes have numbers, but none by the metric; where nothing has a number, the rows say why."""
    measured = sorted({name for o in outcomes for measures in o.metrics.values() for name in measures})
    if measured and metric not in measured:
        raise InvalidRequest(
            f"no outcome on {dataset!r} has the metric {metric!r}; they have {', '.join(measured)};"
            f" the scores are kept, and `bench results rescore` measures them anew"
        )
