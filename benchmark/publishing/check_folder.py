"""Checks that the files of a folder of leaderboards agree with its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmark.publishing.folder import (
    GENERATED,
    README,
    board_file,
    dataset_of,
    folder_texts,
    is_ours,
    name_problem,
    read_rows,
    rows_file,
)
from benchmark.publishing.row_schema import PublishedRow
from benchmark.reports.published.ledger import Ledger

_RESTORE = "restore it, or write the rows of a store with"


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
    files: Mapping[str, bytes], read_ledger: Callable[[], Ledger], datasets: Sequence[str] = ()
) -> list[Fault]:
    """Return the faults of a folder, sorted by path.

    Parameters
    ----------
    files : mapping of str to bytes
        Path within the folder -> content.
    read_ledger : callable
        Returns the published numbers; called only if a row has a reference.
    datasets : sequence of str
        Datasets whose rows and boards are checked; empty for all files, the summary included.
    """
    rows: dict[str, tuple[PublishedRow, ...]] = {}
    faults = []
    for dataset in dict.fromkeys([*datasets, *_with_board(files)]):
        if rows_file(dataset) not in files:
            faults.append(Fault(rows_file(dataset), f"is missing; {_RESTORE}", (dataset,)))
    for path in filter(dataset_of, files):
        try:
            rows[dataset_of(path)] = read_rows(path, files[path])
        except ValueError as error:
            faults.append(Fault(path, f"is damaged: {error}; {_RESTORE}", (dataset_of(path), "--replace")))
    texts = folder_texts(rows, read_ledger, files)
    if faults:
        del texts[README]  # the summary needs the rows of every dataset
    for path, text in texts.items():
        if path not in files:
            faults.append(Fault(path, "is missing; write it with"))
        elif files[path] != text.encode():
            faults.append(Fault(path, "differs from its rows; write it again with"))
    selected = {path for dataset in datasets for path in (rows_file(dataset), board_file(dataset))}
    return sorted((fault for fault in faults if not datasets or fault.path in selected), key=lambda fault: fault.path)


def _with_board(files: Mapping[str, bytes]) -> list[str]:
    """Return the datasets whose board is among the files."""
    names = [path.removesuffix(".md") for path in files if path.endswith(".md")]
    return [name for name in names if not name_problem(name) and is_ours(files[board_file(name)], f"# {name}: ")]
