"""`bench compare`: two detectors side by side, class by class and image by image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.report_command import report_command
from benchmark.cli.row_selection import PICKED

if TYPE_CHECKING:
    from benchmark.reports.document import Report


@click.command("compare", epilog=f"A and B: {PICKED}")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--dataset", metavar="NAME", help="The dataset.  [default: the only one with outcomes of both]")
@report_command(metric=True)
def command(*, a: str, b: str, dataset: str | None, metric: str, store_path: Path) -> Report:
    """Compare two detectors on the test images that both have scored.

    For each class: both numbers and their difference with 95 % intervals; that of the difference takes into account
    that both scored the same images (DeLong). Over the classes: a paired test (Wilcoxon), an interval of the mean
    difference, and how many seeds would show it. Then the images that only one of them classifies wrongly, at a
    threshold chosen without labels, and the metric of both combined, by the mean of their ranks. Only tasks and seeds
    that both have are compared; a note lists the others. JSON also has the indices of the images that the two rank most
    differently.
    """
    from benchmark.cli.row_selection import check_known, dataset_of_all, parse_pick
    from benchmark.registry import registry
    from benchmark.reports.comparison.compare import compare
    from benchmark.reports.comparison.report import comparison_report
    from benchmark.reports.leaderboard import BoardRequest, board_of
    from benchmark.reports.select_row import pick_row
    from benchmark.results import Store

    picks, known = (parse_pick(a), parse_pick(b)), registry()
    with Store(store_path) as store:
        dataset = dataset or dataset_of_all(store, known, picks)
        board = board_of(store, known, BoardRequest(dataset=dataset, metric=metric, rules=True))
        check_known([pick.detector for pick in picks], board.detectors, known)
        rows = [pick_row(board, pick) for pick in picks]
        compared = compare(board, rows[0], rows[1], lambda outcome: store.attempt(outcome.uid, scores=True).sets)
    return comparison_report(compared)
