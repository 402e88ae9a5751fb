"""Checks that the files of a folder of leaderboards agree with its rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmark.publishing.folder import folder_texts, misplaced_files, read_rows
from benchmark.publishing.paths import ARCHIVE, README, board_file, dataset_of, is_ours, name_problem, rows_file
from benchmark.publishing.row_schema import PublishedRow
from benchmark.publishing.scores import score_problems
from benchmark.publishing.summary import GENERATED
from benchmark.reports.published.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Fault:
    """A file of the folder that is missing, damaged or outdated.

    Attributes
    ----------
    path : str
        Path within the folder.
    message : str
        What is wrong and what to do; the command follows it.
    arguments : tuple of str
        The arguments of `bench publish` that correct it.
    """

    path: str
    message: str
    arguments: tuple[str, ...] = ("--from-rows",)


def has_rows(files: Mapping[str, bytes]) -> bool:
    """Return whether a folder has rows, or a summary that was made from rows; else there is nothing to check.

    Parameters
    ----------
    files : mapping of str to bytes
        Path within the folder -> content.
    """
    return any(map(dataset_of, files)) or GENERATED.encode() in files.get(README, b"")


def check_folder(
    files: Mapping[str, bytes],
    read_ledger: Callable[[], Ledger],
    datasets: Sequence[str] = (),
    scores: Iterable[tuple[str, bytes]] = (),
) -> list[Fault]:
    """Return the faults of a folder, sorted by path.

    Parameters
    ----------
    files : mapping of str to bytes
        Path within the folder -> content.
    read_ledger : callable
        Returns the published numbers; called only if a row has a reference.
    datasets : sequence of str
        Datasets whose rows, boards and scores are checked; empty for all files, the summary included.
    scores : iterable of (str, bytes)
        The files of scores, each as path within the folder and content; read one at a time.
    """
    rows, lost = _read(files, datasets)
    texts = folder_texts(rows, read_ledger, files)
    if lost:
        for path in (README, f"{ARCHIVE}{README}"):
            texts.pop(path, None)  # a summary needs the rows of every dataset
    incomplete = {dataset_of(fault.path) for fault in lost}
    faults = [*lost, *_page_faults(files, texts), *_misplaced(files, set(rows) - incomplete, texts)]
    selected = {place(dataset, archived=older) for dataset in datasets for older in _BOTH for place in _PLACES}
    faults = [fault for fault in faults if not datasets or fault.path in selected]
    if not lost:  # scores without a row may belong to one that is lost
        faults += _score_faults(rows, scores, datasets)
    return sorted(faults, key=lambda fault: fault.path)


_BOTH, _PLACES = (False, True), (rows_file, board_file)


def _read(
    files: Mapping[str, bytes], datasets: Sequence[str]
) -> tuple[dict[str, tuple[PublishedRow, ...]], list[Fault]]:
    """Return dataset -> rows, and the files of rows that are missing or damaged."""
    rows: dict[str, tuple[PublishedRow, ...]] = {}
    asked_for = [rows_file(name) for name in datasets if rows_file(name, archived=True) not in files]
    needed = dict.fromkeys([*asked_for, *_rows_of_boards(files)])
    lost = [_lost(path, "is missing") for path in needed if path not in files]
    for path in filter(dataset_of, files):
        try:
            rows[dataset_of(path)] = (*rows.get(dataset_of(path), ()), *read_rows(path, files[path]))
        except ValueError as error:
            lost.append(_lost(path, f"is damaged: {error}", "--replace"))
    return rows, lost


def _page_faults(files: Mapping[str, bytes], texts: Mapping[str, str]) -> Iterator[Fault]:
    for path, text in texts.items():
        if path not in files:
            yield Fault(path, "is missing; write it with")
        elif files[path] != text.encode():
            yield Fault(path, "differs from its rows; write it again with")


def _misplaced(files: Mapping[str, bytes], datasets: Iterable[str], texts: Mapping[str, str]) -> Iterator[Fault]:
    for path in misplaced_files(files, datasets, texts):
        if path.startswith(ARCHIVE):
            yield Fault(path, f"is of the present protocol version; move it out of {ARCHIVE} with")
        else:
            yield Fault(path, f"is of an older protocol version; move it to {ARCHIVE} with")


def _score_faults(
    rows: Mapping[str, Sequence[PublishedRow]], scores: Iterable[tuple[str, bytes]], datasets: Sequence[str]
) -> Iterator[Fault]:
    for path, dataset, problem in score_problems(itertools.chain.from_iterable(rows.values()), scores):
        if datasets and dataset not in datasets:
            continue
        if dataset:
            yield Fault(path, f"{problem}; write it again from a store with", (dataset, "--scores"))
        else:
            yield Fault(path, f"{problem}; remove it with")


def _lost(path: str, problem: str, *options: str) -> Fault:
    """Return the fault of a file of rows that cannot be made from other files; no store has archived rows."""
    if path.startswith(ARCHIVE):
        return Fault(path, f"{problem}; restore it, then run")
    return Fault(path, f"{problem}; restore it, or write the rows of a store with", (dataset_of(path), *options))


def _rows_of_boards(files: Mapping[str, bytes]) -> list[str]:
    """Return the files of rows whose board is among the files."""
    paths = []
    for archived in _BOTH:
        for path in files:
            name = path.removeprefix(ARCHIVE).removesuffix(".md")
            is_board = path == board_file(name, archived=archived) and not name_problem(name)
            if is_board and is_ours(files[path], f"# {name}: "):
                paths.append(rows_file(name, archived=archived))
    return paths
