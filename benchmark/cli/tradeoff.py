"""`bench tradeoff`: one conditioned detector against one trained anew for each value of a parameter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import store_option, write_bytes, write_text

if TYPE_CHECKING:
    from benchmark.reports.tradeoff import Tradeoff


@click.command("tradeoff")
@click.argument("dataset")
@click.option(
    "--conditioned",
    default="yoto_ocvae",
    show_default=True,
    metavar="NAME",
    help="Trained once; its rules are named PARAM=VALUE, beside its label-free choice.",
)
@click.option(
    "--separate", default="ocvae", show_default=True, metavar="NAME", help="Trained anew for each value of PARAM."
)
@click.option("--metric", default="roc_auc", show_default=True, metavar="NAME", help="What to measure both by.")
@click.option("--validation", is_flag=True, help="The runs made with --validation-only, which stand apart.")
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write there, not to the screen."
)
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw it too: .png, .svg or .pdf."
)
@store_option
def command(
    dataset: str,
    conditioned: str,
    separate: str,
    metric: str,
    validation: bool,
    form: str,
    output: Path | None,
    plot: Path | None,
    store_path: Path,
) -> None:
    """Compare one training conditioned on a parameter with one for each value, from what the store keeps on DATASET.

    PARAM is what the rules of the conditioned detector name (weight=0.05: the parameter weight). Each curve is a mean
    over tasks; a value of which a task is missing is in no curve. Beside the curves: what the conditioned detector
    chose without labels, how far that is from the best value (an oracle), and what the trainings cost.

    Of several sets of parameters of a detector (PARAM aside) the one at its defaults is compared; if there is none,
    the one with the most complete values. The others are named in the output.
    """
    from benchmark.reports.figures import check_drawable, drawn, tradeoff_figure
    from benchmark.reports.tradeoff_formats import FORMATS

    if plot is not None:
        check_drawable(plot.suffix)
    tradeoff = _tradeoff(store_path, dataset, (conditioned, separate), metric, validation=validation)
    if plot is not None:
        write_bytes(plot, drawn(tradeoff_figure(tradeoff), plot.suffix))
    if output is None:
        click.echo(FORMATS[form](tradeoff), nl=False)
    else:
        write_text(output, FORMATS[form](tradeoff))


def _tradeoff(store_path: Path, dataset: str, names: tuple[str, str], metric: str, *, validation: bool) -> Tradeoff:
    from benchmark.registry import registry
    from benchmark.reports.rows import make_board
    from benchmark.reports.settings import non_default
    from benchmark.reports.tradeoff import make_tradeoff
    from benchmark.results import Store

    known = registry()
    spec = known.metrics[metric]
    with Store(store_path) as store:
        if dataset not in store.datasets():
            known.datasets.require(dataset)
        outcomes = [outcome for outcome in store.outcomes(dataset) if outcome.trial.detector in names]
    for name in names:
        if not any(outcome.trial.detector == name for outcome in outcomes):
            known.detectors.require(name)
    board = make_board(
        dataset,
        outcomes,
        spec,
        non_default=lambda outcome: non_default(outcome.trial, outcome.task, known),
        rules=True,
        validation=validation,
    )
    return make_tradeoff(board, conditioned=names[0], separate=names[1])
