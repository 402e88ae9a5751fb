"""`bench data`: lists, fetches, verifies and removes the files of datasets."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from benchmark.interfaces.dataset_files import CacheEntry, Location
from benchmark.interfaces.errors import BenchError

if TYPE_CHECKING:
    from benchmark.interfaces.dataset import Dataset
    from benchmark.interfaces.dataset_files import DatasetFiles
    from benchmark.interfaces.specs import DatasetSpec


@click.group("data")
def command() -> None:
    """List, fetch, verify or remove the files of datasets.

    Datasets of this project are searched in $BENCH_DATA/NAME, in the cache ($BENCH_CACHE, or this system's folder for
    caches), on public mirrors, and in a package with the same files.
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
@click.option("--all", "everything", is_flag=True, help="Every dataset that has files.")
def fetch(names: tuple[str, ...], everything: bool) -> int:
    """Find datasets or download them, check them, and decode them into the cache."""
    return _each(_named(names, everything), lambda files: [_checked(files.fetch())])


@command.command("verify")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def verify(names: tuple[str, ...]) -> int:
    """Compute the fingerprints of datasets again, and compare them with the stored ones. Nothing is downloaded."""
    return _each(names, lambda files: [_checked(files.verify())])


@command.command("clean")
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "everything", is_flag=True, help="Every dataset that has files.")
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
def clean(names: tuple[str, ...], everything: bool, dry_run: bool) -> int:
    """Remove from the cache what `bench data fetch` or `bench run` has put there.

    Files in $BENCH_DATA are never removed. A run that is using a dataset continues; the next one fetches it again.
    """
    removed: list[CacheEntry] = []

    def remove(files: DatasetFiles) -> list[str]:
        entries = files.clean(dry_run=dry_run)
        if entries is None:
            return ["its plugin does not remove files"]
        removed.extend(entries)
        verb = "would remove" if dry_run else "removed"
        return [f"{verb} {entry.path} ({_megabytes([entry])})" for entry in entries] or ["nothing in the cache"]

    code = _each(_named(names, everything), remove)
    if removed:
        click.echo(f"{_megabytes(removed)} {'would be' if dry_run else 'were'} freed")
    return code


def _named(names: tuple[str, ...], everything: bool) -> tuple[str, ...]:
    """Return the names, or those of all datasets that have files."""
    from benchmark.registry import registry

    if bool(names) == everything:
        raise click.UsageError("give the names of datasets, or --all")
    if everything:
        return tuple(offer.spec.name for offer in registry().datasets.all() if offer.spec.files is not None)
    return names


def _each(names: Sequence[str], act: Callable[[DatasetFiles], Sequence[str]]) -> int:
    """Print what `act` returns for each dataset; an error does not stop the others. Return the exit code."""
    from benchmark.registry import registry
    from benchmark.running.progress import log_downloads

    code = 0
    specs = [registry().datasets[name] for name in dict.fromkeys(names)]
    with log_downloads():
        for spec in specs:
            if spec.files is None:
                click.echo(f"{spec.name}: comes with its package and has no files")
                continue
            try:
                results = act(spec.files)
            except BenchError as error:
                click.echo(f"bench: {' '.join(str(error).split())}", err=True)
                code = 1
            else:
                for result in results:
                    click.echo(f"{spec.name}: {result}")
    return code


def _checked(dataset: Dataset) -> str:
    note = f". {dataset.footnote}" if dataset.footnote else ""
    return f"ok, {dataset.variant}, fingerprint {dataset.fingerprint}{note}"


def _megabytes(entries: Sequence[CacheEntry]) -> str:
    return f"{sum(entry.size_bytes for entry in entries) / 1e6:.1f} MB"


def locate(spec: DatasetSpec) -> Location:
    """Return where a dataset is, without fetching or decoding anything; `bundled` if it comes with its package."""
    return Location("bundled") if spec.files is None else spec.files.locate()
