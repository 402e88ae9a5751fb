"""Adds the published numbers of the same methods to a board's rows."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Sequence

from benchmark.interfaces.errors import PluginConflict, UnknownName
from benchmark.interfaces.outcome import Outcome
from benchmark.registry import Registry
from benchmark.reports.board import Board, Row
from benchmark.reports.published.ledger import MEAN, Ledger, Published
from benchmark.reports.published.verdict import Comparison, Measured, Pair, judge

METRIC = "roc_auc"
"""The metric of the ledger's numbers."""


def beside(
    board: Board,
    reference: Callable[[str], str],
    read: Callable[[], Ledger],
    recipe: Callable[[Outcome], str] | None = None,
) -> Board:
    """Return a board whose rows have the published mean, where there is one.

    Parameters
    ----------
    reference : callable
        Detector -> key of its published numbers; empty for none.
    read : callable
        Returns the ledger; called only if a row has a key and the board is of the test set's ROC-AUC.
    recipe : callable or None
        Outcome -> the preset that is the publication's recipe, if the outcome has its settings; else empty. None: no
        outcome has them.
    """
    keys = {row.detector: reference(row.detector) for row in (*board.rows, *board.oracle)}
    if board.metric.name != METRIC or board.validation or not any(keys.values()):
        return board
    ledger = read()

    def compared(row: Row) -> Row:
        published = ledger.of(keys[row.detector], board.dataset) if keys[row.detector] else None
        if published is None or not row.is_primary:
            return row
        # The outcomes of a row have the same settings, but an old one may not say which recipe they are.
        followed = next(filter(None, map(recipe, row.outcomes)), "") if recipe else ""
        return dataclasses.replace(row, published=dataclasses.replace(_mean(row, published, ()), recipe=followed))

    return dataclasses.replace(board, rows=tuple(map(compared, board.rows)), oracle=tuple(map(compared, board.oracle)))


def reference_of(registry: Registry, detector: str) -> str:
    """Return the ledger's key of a detector; empty for none, and where no one detector of that name is installed."""
    try:
        return registry.detectors[detector].reference
    except (UnknownName, PluginConflict):  # a row may be older than the plugins that are installed
        return ""


def is_baseline(registry: Registry, detector: str) -> bool:
    """Return whether a detector is a baseline; False where no one detector of that name is installed."""
    try:
        return registry.detectors[detector].baseline
    except (UnknownName, PluginConflict):
        return False


def by_class(row: Row, published: Published, reruns: Sequence[Published]) -> tuple[Comparison, ...]:
    """Return the comparison of each class of a row, judged together, and of the mean, which is the last."""
    pairs = [Pair(_measured(row, task), published.tasks.get(task)) for task in row.tasks]
    verdicts = judge(pairs, oracle=row.chosen is not None)
    classes = [
        Comparison(
            task=task,
            published=pair.entry,
            computed=False,
            ours=pair.ours,
            verdict=verdict,
            reruns=tuple(rerun.tasks[task] for rerun in reruns if task in rerun.tasks),
        )
        for task, pair, verdict in zip(row.tasks, pairs, verdicts, strict=True)
    ]
    return (*classes, _mean(row, published, reruns))


def sources(published: Published) -> list[str]:
    """Return, once each, the publication of the numbers, where in it they stand, and notes."""
    first = published.entries[0]
    notes = dict.fromkeys(entry.note for entry in published.entries if entry.note)
    read_in = dict.fromkeys(entry.source for entry in published.entries)
    return [f"{first.method} ({first.key}): {first.citation}", *read_in, *notes]


def _measured(row: Row, task: str) -> Measured:
    """Return the mean of a row on a task and its deviation, over seeds."""
    measures = [outcome.measure(row.rule, METRIC) for outcome in row.outcomes if outcome.trial.task == task]
    values = [measure.value for measure in measures if measure is not None]
    complete = row.tasks[task] is not None and len(values) > 1
    return Measured(row.tasks[task], statistics.stdev(values) if complete else None, len(values))


def _mean(row: Row, published: Published, reruns: Sequence[Published]) -> Comparison:
    """Return the comparison of the mean over classes, which is judged by itself."""
    pair = Pair(Measured(row.mean, row.std, row.seeds), published.mean, published.mean_sample)
    return Comparison(
        task=MEAN,
        published=published.mean,
        computed=published.mean_is_computed,
        ours=pair.ours,
        verdict=judge([pair], oracle=row.chosen is not None)[0],
        reruns=tuple(rerun.mean for rerun in reruns if rerun.mean is not None),
    )
