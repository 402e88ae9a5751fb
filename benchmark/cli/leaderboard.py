"""`bench leaderboard`: the ranking on one dataset."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.cli.options import store_option, write_text

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
@store_option
def command(
    dataset: str, metric: str, rules: bool, validation: bool, form: str, output: Path | None, store_path: Path
) -> None:
    """Rank all outcomes on DATASET that the store keeps."""
    text = board_text(store_path, dataset, metric=metric, rules=rules, validation=validation, form=form)
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
) -> str:
    """Return the board of a dataset in one of the formats."""
    from benchmark.interfaces.errors import InvalidRequest
    from benchmark.registry import registry
    from benchmark.report.board import make_board
    from benchmark.report.formats import FORMATS
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
    return FORMATS[form](board)
