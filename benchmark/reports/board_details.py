"""The details of a board's comparison with its first row: intervals, p-values, seeds and their variance."""

from __future__ import annotations

import math

from benchmark.reports.board import Board, Row, SeedVariance
from benchmark.reports.document import Table, note, text_table
from benchmark.reports.missing import folded
from benchmark.reports.select_row import row_label
from benchmark.reports.text import NOTHING, is_percent, plural, points, signed_of, truncate
from benchmark.reports.uncertainty import why_no_p

LONGEST_ROW = 200
TITLE = "Differences to the first row"
COLUMNS = (
    "`difference`: the row's mean minus that of the first row, on the seeds that both have, and its 95 % t-interval"
    " over tasks, which covers tasks and seeds. The intervals are not corrected for the number of rows. The first row"
    " was chosen by the same numbers, so it appears slightly better than it is. `seed sd`: the standard deviation over"
    " seeds within a task; `from`: whose seeds show it (the row's own, those of other rows of the detector, or those of"
    " other rows of its framework)."
)


def details_table(board: Board) -> Table:
    """Return a line for each row that has a mean."""
    in_percent = is_percent(board.metric)
    signed = points if in_percent else signed_of(board.metric)
    tests = sum(row.uncertainty is not None and row.uncertainty.p is not None for row in board.rows)
    lines = []
    for row in board.rows:
        if row.uncertainty is None:
            continue
        found, variance = row.uncertainty.to_leader, row.uncertainty.seed_variance
        has_interval = found is not None and found.low is not None
        lines.append(
            [
                truncate(row_label(row), LONGEST_ROW),
                signed(found.value if found else None),
                f"{signed(found.low)} to {signed(found.high)}" if found and has_interval else NOTHING,
                _p(row),
                ", ".join(folded([str(seed) for seed in row.uncertainty.seeds])) if found else NOTHING,
                _deviation(variance, in_percent=in_percent),
                variance.origin if variance else "unknown",
            ]
        )
    corrected = (
        "`p`: two-sided Wilcoxon signed-rank p-value over tasks against the first row, Holm-corrected for"
        f" {plural(tests, 'row')}."
        if tests
        else ""
    )
    header = ["row", "difference", "95 % interval", "p", "seeds compared", "seed sd", "from"]
    texts = [COLUMNS, " ".join(filter(None, [corrected, why_no_p(board.rows, len(board.tasks))]))]
    notes = [note(text) for text in texts if text]
    return text_table(TITLE, header, lines, text=["row", "from"], notes=notes)


def _p(row: Row) -> str:
    if row.uncertainty is None or row.uncertainty.p is None:
        return NOTHING
    return "<0.001" if row.uncertainty.p < 0.001 else f"{row.uncertainty.p:.3f}"


def _deviation(variance: SeedVariance | None, *, in_percent: bool) -> str:
    if variance is None:
        return NOTHING
    deviation = math.sqrt(variance.value)
    return f"{100 * deviation:.2f}" if in_percent else f"{deviation:.4g}"
