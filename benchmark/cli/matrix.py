"""`bench leaderboard D --matrix DETECTOR`: which anomalies one detector misses."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from benchmark.cli.options import write_text
from benchmark.cli.row_selection import check_known, parse_pick

MATRIX_HELP = (
    "Not the ranking, but of one detector ROC-AUC of each normal class against each anomalous one, and the hardest"
    " pairs. NAME, NAME@RULE or NAME@RULE:KEY=VALUE,..., as `bench compare --help` explains."
)
OTHERS = {"rules": "--rules", "oracle": "--oracle", "metric": "--metric", "ledger_path": "--ledger"}


def show_matrix(pick: str, dataset: str, store_path: Path, *, form: str, output: Path | None, validation: bool) -> None:
    """Write the matrix of what is picked to a file, or to the screen.

    Raises
    ------
    click.UsageError
        If a matrix is not written in that format, or the command line asks for what only a ranking has.
    """
    context = click.get_current_context()
    for name, option in OTHERS.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"{option} belongs to the ranking; --matrix shows ROC-AUC of one detector, @RULE another rule"
            )
    from benchmark.registry import registry
    from benchmark.reports.leaderboard import BoardRequest, board_of
    from benchmark.reports.matrix import FORMATS, METRIC, make_matrix
    from benchmark.reports.select_row import pick_row
    from benchmark.results import Store

    if form not in FORMATS:
        raise click.UsageError(f"--matrix is written as {', '.join(FORMATS)}; not as {form}")
    picked, known = parse_pick(pick), registry()
    with Store(store_path) as store:
        request = BoardRequest(dataset=dataset, metric=METRIC, rules=True, validation=validation)
        board = board_of(store, known, request)
        check_known([picked.detector], [row.detector for row in board.rows], known)
        row = pick_row(board, picked)
        matrix = make_matrix(board, row, lambda outcome: store.scores(outcome.uid, outcome.trial.judged_on))
    if output is None:
        click.echo(FORMATS[form](matrix), nl=False)
    else:
        write_text(output, FORMATS[form](matrix))
