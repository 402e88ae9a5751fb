"""The files of a folder of leaderboards, made from the published rows only: rows, boards and a summary."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.trial import canonical_json
from benchmark.publishing.paths import ARCHIVE, README, board_file, dataset_of, is_ours, name_problem, rows_file
from benchmark.publishing.row_schema import PublishedRow
from benchmark.publishing.rows import merge, parse_rows, rows_text
from benchmark.publishing.summary import ROC_AUC, archive_note, archive_report, summary_report
from benchmark.reports.beside import beside
from benchmark.reports.board import Board
from benchmark.reports.document import Note, Report, Span, note
from benchmark.reports.leaderboard import leaderboard_report
from benchmark.reports.protocol import is_older, phrase
from benchmark.reports.published.ledger import Ledger
from benchmark.reports.render import markdown
from benchmark.reports.rows import make_board


def read_rows(path: str, content: bytes) -> tuple[PublishedRow, ...]:
    """Return the rows of a file of the folder.

    Raises
    ------
    ValueError
        If no dataset can have this file, or a line is not a row.
    """
    if problem := name_problem(dataset_of(path)):
        raise ValueError(problem)
    return parse_rows(content, dataset_of(path))


def read_folder(files: Mapping[str, bytes], folder: Path) -> dict[str, tuple[PublishedRow, ...]]:
    """Return dataset -> the rows of its files, that of the archive included.

    Parameters
    ----------
    files : mapping of str to bytes
        Path within the folder -> content; other files than those of rows are ignored.
    folder : Path
        The folder, for the error message.

    Raises
    ------
    InvalidRequest
        If a line of any file is not a row.
    """
    rows: dict[str, tuple[PublishedRow, ...]] = {}
    for path in filter(dataset_of, files):
        try:
            of_file = read_rows(path, files[path])
        except ValueError as error:
            replace = "" if path.startswith(ARCHIVE) else ", or replace it with --replace"
            raise InvalidRequest(f"{folder / path}, {error}; restore the file{replace}") from None
        rows[dataset_of(path)] = (*rows.get(dataset_of(path), ()), *of_file)
    return rows


def folder_texts(
    rows: Mapping[str, Sequence[PublishedRow]], read_ledger: Callable[[], Ledger], others: Collection[str] = ()
) -> dict[str, str]:
    """Return path -> text of every file, in the order of writing: the archive first, so that no moved row is lost.

    Rows of an older protocol version have their own rows, boards and summary in the archive.

    Parameters
    ----------
    rows : mapping of str to sequence of PublishedRow
        Dataset -> its rows.
    read_ledger : callable
        Returns the published numbers; called only if a row has a reference.
    others : collection of str
        Paths of the files in the folder; the summaries link to tradeoffs, costs and the published numbers.
    """
    merged = {dataset: merge(of_dataset) for dataset, of_dataset in sorted(rows.items())}
    older, present = (_of_protocol(merged, older=older) for older in (True, False))
    versions = sorted({row.trial.semantics for of_dataset in older.values() for row in of_dataset})
    texts = {}
    if older:
        boards = {dataset: _board(dataset, of_dataset, read_ledger) for dataset, of_dataset in older.items()}
        within = [path.removeprefix(ARCHIVE) for path in others if path.startswith(ARCHIVE)]
        summary = archive_report(boards, _counts(older), within, versions)
        pages = {name: _archived_page(board, _newest(older[name])) for name, board in boards.items()}
        texts = {f"{ARCHIVE}{path}": text for path, text in _texts(older, pages, summary).items()}
    boards = {dataset: _board(dataset, of_dataset, read_ledger) for dataset, of_dataset in present.items()}
    pages = {name: _page(board) for name, board in boards.items()}
    return texts | _texts(present, pages, summary_report(boards, _counts(present), others, versions))


def misplaced_files(files: Mapping[str, bytes], datasets: Iterable[str], texts: Mapping[str, str]) -> list[str]:
    """Return the paths of rows and boards that are in the archive although they should not be, or the reverse.

    Parameters
    ----------
    files : mapping of str to bytes
        Path within the folder -> content.
    datasets : iterable of str
        Those whose rows were read.
    texts : mapping of str to str
        What `folder_texts` makes of the rows.
    """
    paths = [place(dataset, archived=older) for dataset in datasets for older in (False, True) for place in _PLACES]
    return [
        path
        for path in paths
        if path in files and path not in texts and (dataset_of(path) or is_ours(files[path], f"# {_board_of(path)}: "))
    ]


_PLACES = (rows_file, board_file)


def _board_of(path: str) -> str:
    return path.removeprefix(ARCHIVE).removesuffix(".md")


def _of_protocol(rows: Mapping[str, Sequence[PublishedRow]], *, older: bool) -> dict[str, tuple[PublishedRow, ...]]:
    """Return the rows of the present protocol version or of the older ones, without datasets that have none."""
    chosen = {name: tuple(row for row in each if is_older(row.trial) == older) for name, each in rows.items()}
    return {name: each for name, each in chosen.items() if each}


def _texts(rows: Mapping[str, Sequence[PublishedRow]], pages: Mapping[str, str], summary: Report) -> dict[str, str]:
    return {
        **{rows_file(dataset): rows_text(of_dataset) for dataset, of_dataset in rows.items()},
        **{board_file(dataset): page for dataset, page in pages.items()},
        README: markdown.render(summary),
    }


def _counts(rows: Mapping[str, Sequence[PublishedRow]]) -> dict[str, int]:
    return {dataset: len(of_dataset) for dataset, of_dataset in rows.items()}


def _page(board: Board) -> str:
    """Return the page of a board, with its details if there is something to compare: Markdown."""
    report = leaderboard_report(board, details=sum(row.mean is not None for row in board.rows) > 1)
    return markdown.render(dataclasses.replace(report, notes=(_made_from(board),)))


def _newest(rows: Sequence[PublishedRow]) -> int:
    """Return the protocol version that a board of the rows shows."""
    return max(row.trial.semantics for row in rows)


def _archived_page(board: Board, version: int) -> str:
    """Return the page of a board of an older protocol version, which its title and its first note say."""
    report = leaderboard_report(board)
    first, *more = report.tables
    first = dataclasses.replace(first, notes=(archive_note(version), *first.notes))
    title = f"{report.title} (archived, {phrase(version)})"
    return markdown.render(dataclasses.replace(report, title=title, tables=(first, *more), notes=(_made_from(board),)))


def _made_from(board: Board) -> Note:
    file = rows_file(board.dataset)
    return note("Made from the rows in ", Span(file, link=file), " by `bench publish`, never edited by hand.")


def _board(dataset: str, rows: Sequence[PublishedRow], read_ledger: Callable[[], Ledger]) -> Board:
    """Return the board of a dataset's rows; no plugin is needed."""
    rows = sorted(rows, key=lambda row: row.precedence)
    baselines = {row.trial.detector for row in rows if row.baseline}
    references = {row.trial.detector: row.reference for row in rows if row.reference}
    values = _distinct_values(rows)
    board = make_board(
        dataset,
        [row.outcome for row in rows],
        ROC_AUC,
        non_default=lambda outcome: values[outcome.trial.id, outcome.source],
        is_baseline=baselines.__contains__,
    )
    recipes = {row.key: row.recipe for row in rows}
    return beside(
        board,
        lambda detector: references.get(detector, ""),
        read_ledger,
        lambda outcome: recipes[outcome.trial.id, outcome.source],
    )


def _distinct_values(rows: Sequence[PublishedRow]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return, for the key of each row, the values that distinguish it from other rows of its detector on a board.

    The defaults of a detector may differ between its versions, and `non_default` of a row refers to the defaults when
    it was published. If rows with different parameters have the same `non_default`, rows of an older version get the
    version in addition, and rows of one version the parameters that differ.

    Parameters
    ----------
    rows : sequence of PublishedRow
        Oldest first.
    """
    groups: dict[tuple[str, str], list[PublishedRow]] = {}
    for row in rows:
        groups.setdefault((row.trial.detector, canonical_json(row.non_default)), []).append(row)
    values = {}
    for group in groups.values():
        newest = group[-1].trial.detector_version
        versions: dict[str, list[PublishedRow]] = {}
        for row in group:
            versions.setdefault(row.trial.detector_version, []).append(row)
        has_several = bool(_differing(group))
        for version, of_version in versions.items():
            older = {"version": version} if has_several and version != newest else {}
            differing = _differing(of_version)
            for row in of_version:
                params = {name: row.trial.params[name] for name in differing if name in row.trial.params}
                values[row.key] = {**row.non_default, **older, **params}
    return values


def _differing(rows: Sequence[PublishedRow]) -> list[str]:
    """Return the parameters whose values differ between the rows, or that some of the rows lack."""
    params = [row.trial.params for row in rows]
    names = sorted({name for values in params for name in values})
    return [
        name for name in names if len({canonical_json([name in values, values.get(name)]) for values in params}) > 1
    ]
