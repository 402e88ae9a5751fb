"""`bench compare`: two detectors side by side, class by class and image by image."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.cli.options import store_option, write_text
from benchmark.cli.row_selection import PICKED


@click.command("compare", epilog=f"A and B: {PICKED}")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--dataset", metavar="NAME", help="On which dataset.  [default: the only one that has both]")
@click.option("--metric", default="roc_auc", show_default=True, metavar="NAME", help="What to measure both by.")
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), help="[default: by --output, else markdown]")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write there, not to the screen."
)
@store_option
def command(
    a: str, b: str, dataset: str | None, metric: str, form: str | None, output: Path | None, store_path: Path
) -> None:
    """Compare two detectors on the test images that both have scored, from what the store keeps.

    Class by class: both numbers and their difference with 95 % intervals, the difference paired image by image
    (DeLong); a paired test over classes (Wilcoxon); the images that only one of them gets wrong, at a threshold that
    needs no label; what the mean of their ranks would give. Only tasks and seeds that both have are compared, and the
    output says what is left out. JSON also has the indices of the images that the two rank furthest apart.
    """
    from benchmark.cli.row_selection import check_known, dataset_of_all, parse_pick
    from benchmark.registry import registry
    from benchmark.reports.comparison.compare import compare
    from benchmark.reports.comparison.formats import FORMATS
    from benchmark.reports.leaderboard import BoardRequest, board_of
    from benchmark.reports.select_row import pick_row
    from benchmark.results import Store

    picks, known = (parse_pick(a), parse_pick(b)), registry()
    with Store(store_path) as store:
        dataset = dataset or dataset_of_all(store, known, picks)
        board = board_of(store, known, BoardRequest(dataset=dataset, metric=metric, rules=True))
        check_known([pick.detector for pick in picks], [row.detector for row in board.rows], known)
        rows = [pick_row(board, pick) for pick in picks]
        compared = compare(board, rows[0], rows[1], lambda outcome: store.attempt(outcome.uid, scores=True).sets)
    by_suffix = "json" if output is not None and output.suffix.lower() == ".json" else "markdown"
    text = FORMATS[form or by_suffix](compared)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)
