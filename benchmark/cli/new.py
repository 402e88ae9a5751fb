"""`bench new`: begins a plugin of one's own."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from benchmark.scaffold import FRAMEWORKS, KINDS, Scaffold


@click.command("new")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--framework", type=click.Choice(FRAMEWORKS), help="What a detector is written with.  [default: numpy]")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A folder that is not there yet.  [default: bench-NAME]",
)
def command(kind: str, name: str, framework: str | None, folder: Path | None) -> None:
    """Write a small distribution with a detector, a dataset or a metric in it that works at once.

    It holds a pyproject.toml with the entry point, the code and a README; its `pytest` checks the contract. Nothing is
    overwritten.
    """
    from benchmark.registry import registry

    if framework and kind != "detector":
        raise click.UsageError(f"--framework goes with a detector; a {kind} is written with numpy")
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
