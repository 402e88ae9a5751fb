"""`bench tradeoff`: one conditioned detector against one that is trained separately for each value of a parameter."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.plugin import Report, report_command, write_bytes


@click.command("tradeoff")
@click.argument("dataset")
@click.option(
    "--conditioned",
    default="yoto_ocvae",
    show_default=True,
    metavar="NAME",
    help="The detector that is trained once. Its rules are named PARAM=VALUE; its first rule scores at a value that it"
    " chose without labels.",
)
@click.option(
    "--separate",
    default="ocvae",
    show_default=True,
    metavar="NAME",
    help="The detector that is trained separately for each value of PARAM.",
)
@click.option("--validation", is_flag=True, help="Compare runs that were made with --validation-only.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write a picture of the two curves: .png, .svg or .pdf.",
)
@report_command(metric=True)
def command(
    *,
    dataset: str,
    conditioned: str,
    separate: str,
    metric: str,
    validation: bool,
    plot: Path | None,
    store_path: Path,
) -> Report:
    """Compare one training for all values of a parameter with a separate training for each value.

    The stored outcomes on DATASET are used; nothing is trained. PARAM is the parameter in the rules of the conditioned
    detector: the rule weight=0.05 has the parameter weight. Each curve is a mean over tasks. A value with a missing
    task is not in the curve. The report also has the results at the values that were chosen without labels, how far
    they are below the best value (an oracle), and the cost of the trainings.

    If a detector has outcomes with several sets of parameters (without PARAM), those with default parameters are used;
    if there are none, the set with the most complete values. Notes name the others.
    """
    import benchmark
    from bench_tradeoff.curves import make_tradeoff
    from bench_tradeoff.document import tradeoff_report
    from bench_tradeoff.figure import check_drawable, picture, tradeoff_figure

    if plot is not None:
        check_drawable(plot.suffix)
    board = benchmark.board(store_path, dataset, metric=metric, rules=True, validation=validation)
    tradeoff = make_tradeoff(board, conditioned=conditioned, separate=separate)
    if plot is not None:
        write_bytes(plot, picture(tradeoff_figure(tradeoff), plot.suffix))
    return tradeoff_report(tradeoff)
