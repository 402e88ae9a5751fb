"""`bench fit-seconds`: the detectors of a board, the fastest first."""

from __future__ import annotations

from pathlib import Path

import click

import benchmark
from benchmark.plugin import Report, report_command, seconds, text_table


@click.command("fit-seconds")
@click.argument("dataset")
@report_command()
def command(*, dataset: str, store_path: Path) -> Report:
    """Rank the detectors on DATASET by the mean seconds of a fit."""
    rows = sorted(benchmark.board(store_path, dataset).rows, key=lambda row: row.fit_seconds or 0)
    lines = [(row.detector, row.fit_seconds) for row in rows]
    texts = [(detector, seconds(value)) for detector, value in lines]
    table = text_table("", ["detector", "fit s"], texts, text=["detector"])
    return Report(f"{dataset}: fit seconds", (table,), data=lines, lines=(("detector", "fit_seconds"), *lines))
