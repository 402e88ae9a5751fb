"""`bench publish`: writes a folder of leaderboards with the rows that they are made from."""

from __future__ import annotations

import contextlib
import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import store_option, write_bytes, write_text
from benchmark.interfaces.errors import InvalidRequest

if TYPE_CHECKING:
    from benchmark.publishing.row_schema import PublishedRow
    from benchmark.reports.published.ledger import Ledger

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
    help="The folder of the boards.",
)
@click.option("--replace", is_flag=True, help="Drop rows of the folder that are not in the store.")
@click.option("--from-rows", is_flag=True, help="Write the boards from the folder's rows; read no store.")
@click.option("--scores", is_flag=True, help="Also write the test scores of the rows, one compressed file a trial.")
@click.option("--check", is_flag=True, help="Write nothing; fail if a page differs from its rows; read no store.")
def command(
    *,
    datasets: tuple[str, ...],
    store_path: Path,
    folder: Path,
    replace: bool,
    from_rows: bool,
    scores: bool,
    check: bool,
) -> int:
    """Write boards, and the rows that they are made from, into a folder.

    The folder (--to) gets data/DATASET.jsonl, one outcome a line, without scores, paths and host names; DATASET.md, the
    board; and README.md, the first ranks of each board. Without DATASET: every dataset with test outcomes in the store.

    Rows that are already in the folder are kept. Of several rows with the same trial and source the latest is used, so
    rows of several people can be merged in any order. Rows of an older protocol version are in archive/, with boards of
    their own; those of a store are not published.

    With --scores, data/scores/TRIAL.npz has the scores of the test images; --check computes the metrics from them.
    """
    if replace + from_rows + check > 1:
        raise click.UsageError("--replace, --from-rows and --check exclude each other; give one")
    if scores and (from_rows or check):
        raise click.UsageError("--scores reads the store, which --from-rows and --check do not")
    if from_rows and datasets:
        raise click.UsageError("--from-rows writes every board; give no DATASET")
    if check:
        return _check(folder, datasets)
    rows = {} if from_rows else _rows_of_store(store_path, datasets)
    published = _publish(folder, rows, replace=replace)
    if scores:
        _write_scores(folder, store_path, rows, published)
    _remove_lost_scores(folder, published)
    return 0


def _rows_of_store(path: Path, datasets: Sequence[str]) -> dict[str, tuple[PublishedRow, ...]]:
    """Return dataset -> the rows from the store; outcomes that cannot be published are named on stderr."""
    from benchmark.interfaces.errors import did_you_mean
    from benchmark.publishing.paths import name_problem
    from benchmark.publishing.rows import make_row
    from benchmark.registry import registry
    from benchmark.reports.protocol import is_older, phrase
    from benchmark.reports.text import plural
    from benchmark.results import Store

    with Store(path) as store:
        of_test = {
            dataset: [outcome for outcome in store.outcomes(dataset) if not outcome.trial.validation_only]
            for dataset in store.datasets()
        }
    publishable = [name for name, outcomes in of_test.items() if any(not is_older(o.trial) for o in outcomes)]
    older = Counter(o.trial.semantics for outcomes in of_test.values() for o in outcomes if is_older(o.trial))
    for version, count in sorted(older.items()):
        click.echo(f"not published: {plural(count, 'outcome')} of {phrase(version)}, which is older", err=True)
    if not publishable:
        raise InvalidRequest(f"{path} has no test outcome to publish; run: bench run")
    rows: dict[str, tuple[PublishedRow, ...]] = {}
    left_out = Counter[str]()
    for dataset in dict.fromkeys(datasets or publishable):
        if dataset not in publishable:
            raise did_you_mean(f"dataset with test outcomes in {path}", dataset, publishable)
        if problem := name_problem(dataset):
            raise InvalidRequest(f"the dataset {dataset!r} cannot be published: {problem}")
        of_dataset = []
        for outcome in of_test[dataset]:
            if is_older(outcome.trial):
                continue
            try:
                of_dataset.append(make_row(outcome, registry()))
            except ValueError as error:
                left_out[f"{outcome.trial.detector} on {dataset}: {error}"] += 1
        if of_dataset:
            rows[dataset] = tuple(of_dataset)
    for reason, count in left_out.items():
        click.echo(f"not published: {plural(count, 'outcome')} of {reason}", err=True)
    return rows


def _publish(folder: Path, new: Mapping[str, Sequence[PublishedRow]], *, replace: bool) -> tuple[PublishedRow, ...]:
    """Merge rows into those of a folder, and return them; every text is made before any is written."""
    from benchmark.publishing.folder import folder_texts, misplaced_files, read_folder
    from benchmark.publishing.paths import is_ours, rows_file
    from benchmark.publishing.rows import merge

    files = _files(folder)
    replaced = {rows_file(dataset) for dataset in new} if replace else set()
    kept = read_folder({path: content for path, content in files.items() if path not in replaced}, folder)
    rows = {dataset: (*kept.get(dataset, ()), *new.get(dataset, ())) for dataset in {**kept, **new}}
    if not rows:
        raise InvalidRequest(f"nothing to publish: {folder / 'data'} has no rows")
    texts = folder_texts(rows, _ledger(folder, files), files)
    for path in texts:
        if path in files and path.endswith(".md") and not is_ours(files[path], texts[path]):
            raise InvalidRequest(
                f"{folder / path} was not written by `bench publish` and is not overwritten; move it, or choose --to"
            )
    changed = [path for path, text in texts.items() if files.get(path) != text.encode()]
    for path in changed:
        _make_folder((folder / path).parent)
        write_text(folder / path, texts[path])
        click.echo(f"wrote {folder / path}")
    misplaced = misplaced_files(files, rows, texts)
    for path in misplaced:  # their rows have just been written to the other place
        (folder / path).unlink()
        click.echo(f"removed {folder / path}")
    if not changed and not misplaced:
        click.echo(f"{folder}: nothing changed")
    return merge(*rows.values())


def _write_scores(
    folder: Path, store_path: Path, new: Mapping[str, Sequence[PublishedRow]], published: Sequence[PublishedRow]
) -> None:
    """Write the scores of the rows that come from the store and are in the folder now."""
    from benchmark.publishing.paths import scores_file
    from benchmark.publishing.scores import is_same, pack_scores
    from benchmark.reports.text import plural
    from benchmark.results import Store

    # Of the rows of one trial (other sources) the newest has the file.
    newest = {row.id: row for row in sorted(published, key=lambda row: row.precedence)}
    uids = {row.uid for rows in new.values() for row in rows if newest[row.id].uid == row.uid}
    written, without = 0, 0
    with Store(store_path) as store:
        for row in newest.values():
            if row.uid not in uids or row.status != "ok":
                continue
            scored = store.scores(row.uid, "test")
            if scored is None:
                without += 1
                continue
            file, content = folder / scores_file(row.id), pack_scores(row.uid, scored)
            with contextlib.suppress(OSError, ValueError):  # no file yet, or a damaged one
                if is_same(file.read_bytes(), content):
                    continue
            _make_folder(file.parent)
            write_bytes(file, content)
            written += 1
    click.echo(f"wrote the scores of {plural(written, 'trial')} to {folder / scores_file('TRIAL')}")
    if without:
        click.echo(f"no scores in the store: {plural(without, 'trial')}", err=True)


def _remove_lost_scores(folder: Path, published: Sequence[PublishedRow]) -> None:
    """Remove files of scores whose row is not in the folder any more: another attempt has replaced it."""
    from benchmark.publishing.scores import unpack_scores

    attempts = {(row.id, row.uid) for row in published}
    for path in _score_paths(folder):
        with contextlib.suppress(ValueError):  # `--check` names a damaged file
            if (path.stem, unpack_scores(path.read_bytes()).uid) not in attempts:
                path.unlink()
                click.echo(f"removed {path}: no row has these scores")


def _score_paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("data/scores/*.npz"))


def _check(folder: Path, datasets: Sequence[str]) -> int:
    """Name the files that differ from what their rows give; return the exit code."""
    from benchmark.publishing.check_folder import check_folder, has_rows

    if not folder.is_dir():
        raise InvalidRequest(f"there is no folder {folder}; choose another with --to")
    files = _files(folder)
    if not has_rows(files) and not datasets:
        click.echo(f"{folder} has no rows in data/ yet, so there is nothing to check; `bench publish` writes them")
        return 0
    contents = ((path.relative_to(folder).as_posix(), path.read_bytes()) for path in _score_paths(folder))
    faults = check_folder(files, _ledger(folder, files), datasets, contents)
    elsewhere = ["--to", str(folder)] if folder != FOLDER else []
    for fault in faults:
        arguments = shlex.join([*fault.arguments, *elsewhere])
        click.echo(f"bench: {folder / fault.path} {fault.message}: bench publish {arguments}", err=True)
    if faults:
        return 1
    click.echo(f"{folder}: every page agrees with its rows")
    return 0


def _files(folder: Path) -> dict[str, bytes]:
    """Return the contents of the rows, pages and published numbers in the folder, by path within it; not of scores."""
    files = {}
    for pattern in ("data/*.jsonl", "*.md", "published.csv", "archive/data/*.jsonl", "archive/*.md"):
        for file in sorted(folder.glob(pattern)):
            try:
                files[file.relative_to(folder).as_posix()] = file.read_bytes()
            except OSError as error:
                raise InvalidRequest(f"{file} cannot be read: {error.strerror}") from None
    return files


def _ledger(folder: Path, files: Mapping[str, bytes]) -> Callable[[], Ledger]:
    """Return the function that reads the published numbers: those of the folder, else those of the package."""
    from benchmark.publishing.paths import LEDGER
    from benchmark.reports.published.ledger import Ledger

    return lambda: Ledger.read(folder / LEDGER if LEDGER in files else None)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidRequest(
            f"the folder {folder} cannot be created: {error.strerror}; choose another with --to"
        ) from None
