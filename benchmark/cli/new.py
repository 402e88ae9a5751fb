"""`bench new`: writes a new plugin."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from benchmark.scaffold import FRAMEWORKS, KINDS, Scaffold


@click.command("new")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--framework", type=click.Choice(FRAMEWORKS), help="The framework of a detector.  [default: numpy]")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A folder that does not exist yet.  [default: bench-NAME]",
)
def command(kind: str, name: str, framework: str | None, folder: Path | None) -> None:
    """Write a new plugin: a small installable project with a working detector, dataset or metric.

    It has a pyproject.toml with the entry point, the code, a README, and a test of the contract. No file is
    overwritten.
    """
    from benchmark.registry import registry

    if framework and kind != "detector":
        raise click.UsageError(f"--framework applies to a detector; a {kind} uses numpy")
    scaffold = Scaffold(kind=kind, name=name, framework=framework or "numpy")
    scaffold.check_free(registry())
    folder = folder or Path(scaffold.distribution)
    for path in scaffold.write(folder):
        click.echo(path)
    click.echo(
        f"\nNext:\n  pip install -e {shlex.quote(str(folder))}\n  bench check {name}\n  {_first_use(kind, name)}"
    )


def _first_use(kind: str, name: str) -> str:
    return {
        "detector": f"bench run --detector {name}",
        "dataset": f"bench run --detector pca --dataset {name}",
        "metric": f"bench run --detector pca && bench leaderboard digits --metric {name}",
    }[kind]
