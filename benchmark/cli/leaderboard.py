"""`bench leaderboard`: the ranking on one dataset, the matrix of one detector, or the cost of all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from benchmark.cli.options import ledger_option
from benchmark.cli.report_command import report_command
from benchmark.cli.row_selection import check_known, parse_pick

if TYPE_CHECKING:
    from benchmark.reports.board import Board
    from benchmark.reports.document import Report
    from benchmark.reports.leaderboard import BoardRequest

MATRIX_HELP = (
    "Show one detector instead of the ranking: ROC-AUC of each normal class against each anomalous class, and the"
    " hardest pairs. NAME, NAME@RULE or NAME@RULE:KEY=VALUE,...; see `bench compare --help`."
)
COST_HELP = (
    "Show the cost of each detector instead of the ranking: processor seconds of the fit and of scoring 10,000 images,"
    " wall seconds, memory. Run the trials with --workers 1 on an idle machine, as `make cost` does."
)
RANKING_ONLY = {
    "rules": "--rules", "oracle": "--oracle", "details": "--details", "metric": "--metric", "ledger_path": "--ledger",
}  # fmt: skip


@click.command("leaderboard")
@click.argument("dataset")
@click.option("--rules", is_flag=True, help="Rank every rule of a detector, not only the primary one.")
@click.option(
    "--validation", is_flag=True, help="Rank the runs made with --validation-only; they have a board of their own."
)
@click.option(
    "--oracle", is_flag=True, help="Add a separate table: for each sweep, the settings chosen with test labels."
)
@click.option(
    "--details",
    is_flag=True,
    help="Add a table of the differences to the first row: intervals, p-values, and the spread over seeds.",
)
@click.option("--matrix", metavar="DETECTOR", help=MATRIX_HELP)
@click.option("--cost", is_flag=True, help=COST_HELP)
@ledger_option
@report_command(metric=True)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    dataset: str,
    metric: str,
    rules: bool,
    validation: bool,
    oracle: bool,
    details: bool,
    matrix: str | None,
    cost: bool,
    ledger_path: Path | None,
    store_path: Path,
) -> Report:
    """Rank the stored outcomes on DATASET and compare them with published numbers.

    A row is a detector with one set of parameters. It shows the rank and its 95 % interval, the mean over tasks with
    its standard deviation over seeds, the difference to the first row with its 95 % interval, each task, and the cost.
    The best value of a column is bold. A row with a missing trial has no mean; a note says what is missing.
    """
    if oracle and validation:
        raise click.UsageError("--oracle uses test labels and --validation excludes test images; give only one of them")
    if matrix is not None and cost:
        raise click.UsageError("--matrix and --cost are two reports; give only one of them")
    if cost:
        _refuse_ranking_options(ctx, "--cost shows seconds and memory")
        return _cost(dataset, store_path, validation=validation)
    if matrix is not None:
        _refuse_ranking_options(ctx, "--matrix shows ROC-AUC of one detector (NAME@RULE: another rule)")
        return _matrix(matrix, dataset, store_path, validation=validation)
    from benchmark.reports.leaderboard import BoardRequest, leaderboard_report

    request = BoardRequest(
        dataset=dataset, metric=metric, rules=rules, validation=validation, oracle=oracle, ledger_path=ledger_path
    )
    board = _board(store_path, request)
    if oracle and not board.oracle:
        click.echo(
            f"bench: no oracle table: no detector on {dataset!r} was run with two sets of parameters;"
            f" run a sweep: bench run --dataset {dataset} --detector NAME --set PARAM=VALUE,VALUE",
            err=True,
        )
    return leaderboard_report(board, details=details)


def board_report(store_path: Path, dataset: str, *, validation: bool = False) -> Report:
    """Return the report of a dataset's board, ranked by ROC-AUC."""
    from benchmark.reports.leaderboard import BoardRequest, leaderboard_report

    return leaderboard_report(_board(store_path, BoardRequest(dataset=dataset, validation=validation)))


def _refuse_ranking_options(ctx: click.Context, instead: str) -> None:
    for name, option in RANKING_ONLY.items():
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option} applies to the ranking; {instead}")


def _cost(dataset: str, store_path: Path, *, validation: bool) -> Report:
    from benchmark.reports.cost import cost_report
    from benchmark.reports.leaderboard import BoardRequest

    return cost_report(_board(store_path, BoardRequest(dataset=dataset, validation=validation)))


def _board(store_path: Path, request: BoardRequest) -> Board:
    from benchmark.registry import registry
    from benchmark.reports.leaderboard import board_of
    from benchmark.results import Store

    known = registry()
    known.metrics.require(request.metric)  # a misspelt name is refused before the store is opened
    with Store(store_path) as store:
        return board_of(store, known, request)


def _matrix(pick: str, dataset: str, store_path: Path, *, validation: bool) -> Report:
    from benchmark.registry import registry
    from benchmark.reports.leaderboard import BoardRequest, board_of
    from benchmark.reports.matrix import METRIC, make_matrix, matrix_report
    from benchmark.reports.select_row import pick_row
    from benchmark.results import Store

    picked, known = parse_pick(pick), registry()
    request = BoardRequest(dataset=dataset, metric=METRIC, rules=True, validation=validation)
    with Store(store_path) as store:
        board = board_of(store, known, request)
        check_known([picked.detector], board.detectors, known)
        row = pick_row(board, picked)
        matrix = make_matrix(board, row, lambda outcome: store.scores(outcome.uid, outcome.trial.judged_on))
    return matrix_report(matrix)
