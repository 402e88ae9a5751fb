"""`bench leaderboard`: the ranking on one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.matrix import MATRIX_HELP, show_matrix
from benchmark.cli.options import ledger_option, store_option, write_text
from benchmark.reports.render import FORMATS

if TYPE_CHECKING:
    from benchmark.reports.board import Board
    from benchmark.reports.leaderboard import BoardRequest


@click.command("leaderboard")
@click.argument("dataset")
@click.option(
    "--metric",
    default="roc_auc",
    show_default=True,
    metavar="NAME",
    help="What to rank by; `bench list metrics` names them.",
)
@click.option("--rules", is_flag=True, help="A row for each rule, not only for the primary one.")
@click.option("--validation", is_flag=True, help="The runs made with --validation-only, which stand apart.")
@click.option(
    "--oracle", is_flag=True, help="Below it, ranked apart: each sweep with the settings that test labels choose."
)
@click.option("--matrix", metavar="DETECTOR", help=MATRIX_HELP)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    help="For a page, a paper, a spreadsheet, a program, a browser.  [default: by --output, else markdown]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write there, not to the screen; .md, .tex, .csv, .json and .html choose the format.",
)
@ledger_option
@store_option
def command(
    dataset: str,
    metric: str,
    rules: bool,
    validation: bool,
    oracle: bool,
    matrix: str | None,
    form: str | None,
    output: Path | None,
    ledger_path: Path | None,
    store_path: Path,
) -> None:
    """Rank all outcomes on DATASET that the store keeps, beside what is published of the same methods.

    A row is a detector with one set of parameters: its rank with the interval in which it may be, its mean over tasks
    and the deviation over seeds, each class, what it cost. The best of each column is bold. A row that lacks a trial
    has no mean and says what is missing. Baselines that learn nothing and rows chosen with labels are in tables below.
    """
    if oracle and validation:
        raise click.UsageError("--oracle chooses with test labels; --validation is for choosing without: take one")
    form = form or _format_of(output)
    if matrix is not None:
        show_matrix(matrix, dataset, store_path, form=form, output=output, validation=validation)
        return
    from benchmark.reports.leaderboard import BoardRequest, board_text

    request = BoardRequest(
        dataset=dataset, metric=metric, rules=rules, validation=validation, oracle=oracle, ledger_path=ledger_path
    )
    board = _board(store_path, request)
    if oracle and not board.oracle:
        click.echo(
            f"nothing to choose from: no detector has two settings on {dataset!r} that differ in its parameters alone;"
            f" make a sweep with: bench run --dataset {dataset} --detector NAME --set PARAM=VALUE,VALUE",
            err=True,
        )
    text = board_text(board, form)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)


def board_markdown(store_path: Path, dataset: str, *, validation: bool = False) -> str:
    """Return the board of a dataset in markdown, ranked by the usual metric."""
    from benchmark.reports.leaderboard import BoardRequest, board_text

    return board_text(_board(store_path, BoardRequest(dataset=dataset, validation=validation)), "markdown")


def _format_of(output: Path | None) -> str:
    suffix = output.suffix.lower() if output is not None else ""
    by_suffix = {suffix: name for name, each in FORMATS.items() for suffix in each.suffixes}
    if suffix not in by_suffix:
        known = ", ".join(filter(None, by_suffix))
        raise click.UsageError(f"{suffix!r} is the suffix of no format (known: {known}); choose one with --format")
    return by_suffix[suffix]


def _board(store_path: Path, request: BoardRequest) -> Board:
    from benchmark.registry import registry
    from benchmark.reports.leaderboard import board_of
    from benchmark.results import Store

    known = registry()
    known.metrics.require(request.metric)  # a misspelt name is refused before the store is opened
    with Store(store_path) as store:
        return board_of(store, known, request)
