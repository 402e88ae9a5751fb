"""`bench publish`: a folder of leaderboards, and the rows that they are made from."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import store_option, write_text
from benchmark.interfaces.errors import InvalidRequest

if TYPE_CHECKING:
    from benchmark.ledger import Ledger
    from benchmark.report.publish.rows import Line

__all__ = ["command"]

FOLDER = Path("leaderboards")


@click.command("publish")
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@store_option
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    show_default=True,
    metavar="FOLDER",
    help="Where the boards are.",
)
@click.option("--replace", is_flag=True, help="Drop the rows that are there and not in the store.")
@click.option("--from-rows", is_flag=True, help="Make the boards anew from the rows that are there; reads no store.")
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is not what its rows give; reads no store.")
def command(
    datasets: tuple[str, ...], store_path: Path, folder: Path, replace: bool, from_rows: bool, check: bool
) -> int:
    """Write the boards of what the store keeps, with the rows that they are made from.

    In FOLDER: data/DATASET.jsonl, one outcome a line, without scores, paths and hosts; DATASET.md, the board;
    README.md, the leaders of each. Without DATASET: every one that the store has test outcomes of.

    Rows that are there stay; of the same trial by the same source the latest counts. So the rows of several people can
    be put together, in any order.
    """
    if replace + from_rows + check > 1:
        raise click.UsageError("--replace, --from-rows and --check each say what to do with the rows: take one")
    if from_rows and datasets:
        raise click.UsageError("--from-rows makes every board anew: name no DATASET")
    if check:
        return _check(folder, datasets)
    rows = {} if from_rows else _rows_of_store(store_path, datasets)
    _publish(folder, rows, replace=replace)
    return 0


def _rows_of_store(path: Path, datasets: Sequence[str]) -> dict[str, tuple[Line, ...]]:
    """Return dataset -> the rows that the store has for it; what cannot be published is named on stderr."""
    from benchmark.interfaces.errors import did_you_mean
    from benchmark.registry import registry
    from benchmark.report.publish.publication import name_problem
    from benchmark.report.publish.rows import make_line, merged
    from benchmark.store import Store

    known, found, left_out = registry(), {}, dict[str, int]()
    with Store(path) as store:
        outcomes = {
            name: [outcome for outcome in store.outcomes(name) if not outcome.trial.validation_only]
            for name in store.datasets()
        }
    there = [name for name, kept in outcomes.items() if kept]
    if not there:
        raise InvalidRequest(f"{path} holds no test outcome to publish; make some with: bench run")
    for dataset in dict.fromkeys(datasets or there):
        if dataset not in there:
            raise did_you_mean(f"dataset with test outcomes in {path}", dataset, there)
        if problem := name_problem(dataset):
            raise InvalidRequest(f"the dataset {dataset!r} cannot be published: {problem}")
        lines = []
        for outcome in outcomes[dataset]:
            try:
                lines.append(make_line(outcome, known))
            except ValueError as error:
                why = f"{outcome.trial.detector} on {dataset}: {error}"
                left_out[why] = left_out.get(why, 0) + 1
        found[dataset] = merged(lines)
    for why, count in left_out.items():
        click.echo(f"not published: {count} {'outcome' if count == 1 else 'outcomes'} of {why}", err=True)
    return {dataset: lines for dataset, lines in found.items() if lines}


def _publish(folder: Path, new: Mapping[str, Sequence[Line]], *, replace: bool) -> None:
    """Merge rows into those of a folder; every text is made before any is written."""
    from benchmark.report.publish.publication import folder_texts, is_ours, read_rows, rows_file
    from benchmark.report.publish.rows import merged

    there = _files(folder)
    replaced = {rows_file(dataset) for dataset in new} if replace else set()
    kept = read_rows({path: content for path, content in there.items() if path not in replaced}, folder)
    rows = {dataset: merged(kept.get(dataset, ()), new.get(dataset, ())) for dataset in {**kept, **new}}
    if not rows:
        raise InvalidRequest(f"there is nothing to publish, and {folder / 'data'} has no rows")
    texts = folder_texts(rows, _ledger(folder, there), there)
    for path in texts:
        if path in there and path.endswith(".md") and not is_ours(there[path], texts[path]):
            raise InvalidRequest(f"{folder / path} is another page and is not overwritten; move it, or choose --to")
    changed = [path for path, text in texts.items() if there.get(path) != text.encode()]
    for path in changed:
        _make_folder((folder / path).parent)
        write_text(folder / path, texts[path])
        click.echo(f"wrote {folder / path}")
    if not changed:
        click.echo(f"{folder}: nothing has changed")


def _check(folder: Path, datasets: Sequence[str]) -> int:
    """Name the files that are not what their rows give; return the exit code."""
    from benchmark.report.publish.upkeep import faults, is_begun

    if not folder.is_dir():
        raise InvalidRequest(f"there is no folder {folder} to check; --to names another")
    there = _files(folder)
    if not is_begun(there) and not datasets:
        click.echo(f"{folder} has no rows in data/ yet, so there is nothing to check; `bench publish` writes them")
        return 0
    found = faults(there, _ledger(folder, there), datasets)
    for fault in found:
        mend = [*fault.mend, *(["--to", str(folder)] if folder != FOLDER else [])]
        click.echo(
            f"bench: {folder / fault.path} {fault.what}; {fault.cure} bench publish {shlex.join(mend)}", err=True
        )
    if not found:
        click.echo(f"{folder}: every board is what its rows give")
    return 1 if found else 0


def _files(folder: Path) -> dict[str, bytes]:
    """Return what the folder holds that matters here, by path within it."""
    found = {}
    for pattern in ("data/*.jsonl", "*.md", "published.csv"):
        for file in sorted(folder.glob(pattern)):
            try:
                found[file.relative_to(folder).as_posix()] = file.read_bytes()
            except OSError as error:
                raise InvalidRequest(f"{file} cannot be read: {error.strerror}") from None
    return found


def _ledger(folder: Path, there: Mapping[str, bytes]) -> Callable[[], Ledger]:
    """Return what reads the published numbers: those that lie with the boards, else those of the package."""
    from benchmark.ledger import Ledger
    from benchmark.report.publish.publication import LEDGER

    return lambda: Ledger.read(folder / LEDGER if LEDGER in there else None)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidRequest(f"the folder {folder} cannot be made: {error.strerror}; choose --to") from None
