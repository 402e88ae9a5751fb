"""`bench data`: where the datasets are, fetching them, and making sure that they are what they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from benchmark.interfaces.errors import BenchError

__all__ = ["command", "data_row"]


@click.group("data")
def command() -> None:
    """List the datasets, fetch them, verify them.

    A dataset is looked for in $BENCH_DATA/NAME, in the cache ($BENCH_CACHE, or this system's folder for caches), on
    public mirrors, and in a package that carries the same bytes.
    """


@command.command("list")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(form: str) -> None:
    """Show every dataset and where it is. Nothing is fetched or decoded."""
    from benchmark.registry import registry

    rows = [data_row(plugin, spec) for plugin, spec in registry().datasets.all()]
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
    from benchmark.builtin.datasets import RECIPES
    from benchmark.data.obtain import obtain

    if bool(names) == everything:
        raise click.UsageError("name the datasets to fetch, or say --all")
    return _each(tuple(RECIPES) if everything else names, obtain)


@command.command("verify")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def verify(names: tuple[str, ...]) -> int:
    """Compute the fingerprints of datasets that are here anew, and compare."""
    from benchmark.data.obtain import verify as verify_one

    return _each(names, verify_one)


def _each(names: tuple[str, ...], act: Callable[[Any], Any]) -> int:
    """Do something with each dataset; one that fails does not stop the others. Return the exit code."""
    from benchmark.progress import told_of_fetching

    code = 0
    recipes = [(name, _recipe(name)) for name in dict.fromkeys(names)]
    with told_of_fetching():
        for name, recipe in recipes:
            try:
                if recipe is None:
                    click.echo(f"{name}: comes with its package, nothing is kept in files")
                    continue
                dataset = act(recipe)
            except BenchError as error:
                click.echo(f"bench: {' '.join(str(error).split())}", err=True)
                code = 1
            else:
                note = dataset.footnote and f". {dataset.footnote}"
                click.echo(f"{name}: ok, {dataset.label}, fingerprint {dataset.fingerprint}{note}")
    return code


def _recipe(name: str) -> Any:
    """Return how a dataset is obtained; None if that is the affair of the package it comes with."""
    from benchmark.builtin.datasets import RECIPES
    from benchmark.registry import registry

    _ = registry().datasets[name]  # unknown, or offered twice: say so
    return RECIPES.get(name)


def data_row(plugin: str, spec: Any) -> dict[str, str | None]:
    """Return where one dataset is, without fetching or decoding anything."""
    from benchmark.builtin.datasets import RECIPES
    from benchmark.data.obtain import locate

    found, label = "plugin", None
    if plugin == "builtin" and spec.name in RECIPES:
        place = locate(RECIPES[spec.name])
        found, label = place.found, place.label
    elif plugin == "builtin":
        found, label = "bundled", "official"
    return {"name": spec.name, "summary": spec.summary, "found": found, "label": label, "licence": spec.licence}
