"""`bench data`: shows where the datasets are, fetches them, and verifies their fingerprints."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from benchmark.interfaces.dataset_files import Location
from benchmark.interfaces.errors import BenchError

if TYPE_CHECKING:
    from benchmark.interfaces.dataset import Dataset
    from benchmark.interfaces.dataset_files import DatasetFiles
    from benchmark.interfaces.specs import DatasetSpec


@click.group("data")
def command() -> None:
    """List the datasets, fetch them, verify them.

    Those of this project are looked for in $BENCH_DATA/NAME, in the cache ($BENCH_CACHE, or this system's folder for
    caches), on public mirrors, and in a package that carries the same bytes.
    """


@command.command("list")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(form: str) -> None:
    """Show every dataset and where it is. Nothing is fetched or decoded."""
    from benchmark.registry import registry

    rows = []
    for offer in registry().datasets.all():
        spec, location = offer.spec, locate(offer.spec)
        rows.append(
            {
                "name": spec.name,
                "summary": spec.summary,
                "found": location.found,
                "variant": location.variant,
                "licence": spec.licence,
            }
        )
    if form == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from tabulate import tabulate

    table = [[value or "" for value in row.values()] for row in rows]
    click.echo(tabulate(table, list(rows[0]), disable_numparse=True))


@command.command("fetch")
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "everything", is_flag=True, help="Every dataset that is kept in files.")
def fetch(names: tuple[str, ...], everything: bool) -> int:
    """Make datasets ready: found or fetched, checked, decoded into the cache."""
    from benchmark.registry import registry

    if bool(names) == everything:
        raise click.UsageError("name the datasets to fetch, or say --all")
    if everything:
        names = tuple(offer.spec.name for offer in registry().datasets.all() if offer.spec.files is not None)
    return _each(names, lambda files: files.fetch())


@command.command("verify")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def verify(names: tuple[str, ...]) -> int:
    """Compute the fingerprints of datasets that are here again, and compare."""
    return _each(names, lambda files: files.verify())


def _each(names: Sequence[str], act: Callable[[DatasetFiles], Dataset]) -> int:
    """Fetch or verify each dataset; one that fails does not stop the others. Return the exit code."""
    from benchmark.registry import registry
    from benchmark.running.progress import log_downloads

    code = 0
    specs = [registry().datasets[name] for name in dict.fromkeys(names)]
    with log_downloads():
        for spec in specs:
            if spec.files is None:
                click.echo(f"{spec.name}: comes with its package, nothing is kept in files")
                continue
            try:
                dataset = act(spec.files)
            except BenchError as error:
                click.echo(f"bench: {' '.join(str(error).split())}", err=True)
                code = 1
            else:
                note = f". {dataset.footnote}" if dataset.footnote else ""
                click.echo(f"{spec.name}: ok, {dataset.variant}, fingerprint {dataset.fingerprint}{note}")
    return code


def locate(spec: DatasetSpec) -> Location:
    """Return where a dataset is, without fetching or decoding anything; `bundled` if it comes with its package."""
    return Location("bundled") if spec.files is None else spec.files.locate()
