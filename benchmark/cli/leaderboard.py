"""`bench leaderboard`: the ranking on one dataset."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import ledger_option, store_option, write_text

if TYPE_CHECKING:
    from benchmark.registry import Registry
    from benchmark.report.board import Board
    from benchmark.trial import Outcome

__all__ = ["board_text", "command"]


@click.command("leaderboard")
@click.argument("dataset")
@click.option("--metric", default="roc_auc", show_default=True, metavar="NAME", help="What to rank by.")
@click.option("--rules", is_flag=True, help="A row for each rule, not only for the primary one.")
@click.option("--validation", is_flag=True, help="The runs made with --validation-only, which stand apart.")
@click.option(
    "--oracle", is_flag=True, help="Below it, ranked apart: each sweep with the settings that test labels choose."
)
@click.option("--format", "form", type=click.Choice(["markdown", "csv", "json"]), default="markdown", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write there, not to the screen."
)
@ledger_option
@store_option
def command(
    dataset: str,
    metric: str,
    rules: bool,
    validation: bool,
    oracle: bool,
    form: str,
    output: Path | None,
    ledger_path: Path | None,
    store_path: Path,
) -> None:
    """Rank all outcomes on DATASET that the store keeps, beside what is published of the same methods."""
    if oracle and validation:
        raise click.UsageError("--oracle chooses with test labels; --validation is for choosing without: take one")
    from benchmark.report.formats import FORMATS

    board = _board(
        store_path, dataset, metric, rules=rules, validation=validation, oracle=oracle, ledger_path=ledger_path
    )
    if oracle and not any(section.rows for section in board.apart):
        click.echo(
            f"nothing to choose from: no detector has two settings on {dataset!r} that differ in its parameters alone;"
            f" make a sweep with: bench run --dataset {dataset} --detector NAME --set PARAM=VALUE,VALUE",
            err=True,
        )
    text = FORMATS[form](board)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)


def board_text(store_path: Path, dataset: str, *, validation: bool = False) -> str:
    """Return the board of a dataset in markdown, by the metric that is usual."""
    from benchmark.report.formats import to_markdown

    return to_markdown(_board(store_path, dataset, "roc_auc", validation=validation))


def _board(
    store_path: Path,
    dataset: str,
    metric: str,
    *,
    rules: bool = False,
    validation: bool = False,
    oracle: bool = False,
    ledger_path: Path | None = None,
) -> Board:
    from benchmark.interfaces.errors import InvalidRequest
    from benchmark.ledger import Ledger
    from benchmark.registry import registry
    from benchmark.report.board import make_board
    from benchmark.report.oracle import oracle_section
    from benchmark.report.published import beside
    from benchmark.report.settings import settings_text
    from benchmark.store import Store

    known = registry()

    def settings(outcome: Outcome) -> str:
        return settings_text(outcome.trial, outcome.task, known)

    spec = known.metrics[metric]
    with Store(store_path) as store:
        if dataset not in store.datasets():
            _ = known.datasets[dataset]  # unknown here too: say so, with what is known
        outcomes = store.outcomes(dataset)
        board = make_board(dataset, outcomes, spec, settings=settings, rules=rules, validation=validation)
        if oracle:
            section = oracle_section(board, outcomes, store.test_scores, settings=settings, rules=rules)
            board = dataclasses.replace(board, apart=(section,))
    if not board.rows:
        flag = " --validation-only" if validation else ""
        raise InvalidRequest(
            f"{store_path} holds no outcome on {dataset!r} for this board; make one with:"
            f" bench run --dataset {dataset}{flag} --detector NAME"
        )
    return beside(board, lambda name: _reference(known, name), lambda: Ledger.read(ledger_path))


def _reference(known: Registry, detector: str) -> str:
    from benchmark.interfaces.errors import PluginConflict, UnknownName

    try:
        return known.detectors[detector].reference
    except (UnknownName, PluginConflict):  # a row may be older than the plugins that are installed
        return ""
