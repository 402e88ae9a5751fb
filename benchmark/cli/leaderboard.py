"""`bench leaderboard`: the ranking on one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import ledger_option, store_option, write_text

if TYPE_CHECKING:
    from benchmark.registry import Registry

__all__ = ["board_text", "command"]


@click.command("leaderboard")
@click.argument("dataset")
@click.option("--metric", default="roc_auc", show_default=True, metavar="NAME", help="What to rank by.")
@click.option("--rules", is_flag=True, help="A row for each rule, not only for the primary one.")
@click.option("--validation", is_flag=True, help="The runs made with --validation-only, which stand apart.")
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
    form: str,
    output: Path | None,
    ledger_path: Path | None,
    store_path: Path,
) -> None:
    """Rank all outcomes on DATASET that the store keeps, beside what is published of the same methods."""
    text = board_text(
        store_path, dataset, metric=metric, rules=rules, validation=validation, form=form, ledger_path=ledger_path
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)


def board_text(
    store_path: Path,
    dataset: str,
    *,
    metric: str = "roc_auc",
    rules: bool = False,
    validation: bool = False,
    form: str = "markdown",
    ledger_path: Path | None = None,
) -> str:
    """Return the board of a dataset in one of the formats."""
    from benchmark.interfaces.errors import InvalidRequest
    from benchmark.ledger import Ledger
    from benchmark.registry import registry
    from benchmark.report.board import make_board
    from benchmark.report.formats import FORMATS
    from benchmark.report.published import beside
    from benchmark.report.settings import settings_text
    from benchmark.store import Store

    known = registry()
    spec = known.metrics[metric]
    with Store(store_path) as store:
        if dataset not in store.datasets():
            _ = known.datasets[dataset]  # unknown here too: say so, with what is known
        board = make_board(
            dataset,
            store.outcomes(dataset),
            spec,
            settings=lambda outcome: settings_text(outcome.trial, outcome.task, known),
            rules=rules,
            validation=validation,
        )
    if not board.rows:
        flag = " --validation-only" if validation else ""
        raise InvalidRequest(
            f"{store_path} holds no outcome on {dataset!r} for this board; make one with:"
            f" bench run --dataset {dataset}{flag} --detector NAME"
        )
    return FORMATS[form](beside(board, lambda name: _reference(known, name), lambda: Ledger.read(ledger_path)))


def _reference(known: Registry, detector: str) -> str:
    from benchmark.interfaces.errors import PluginConflict, UnknownName

    try:
        return known.detectors[detector].reference
    except (UnknownName, PluginConflict):  # a row may be older than the plugins that are installed
        return ""
