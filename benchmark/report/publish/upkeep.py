"""Is a folder of leaderboards exactly what its rows give? If not: which file, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmark.ledger import Ledger
from benchmark.report.publish.publication import (
    GENERATED,
    README,
    board_file,
    dataset_of,
    folder_texts,
    is_ours,
    name_problem,
    parse_rows,
    rows_file,
)
from benchmark.report.publish.rows import Line

__all__ = ["Fault", "faults", "is_begun"]

ANEW = ("--from-rows",)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file of the folder.

    Attributes
    ----------
    path : str
        Within the folder.
    what, cure : str
        What is wrong; and what to do, up to the command.
    mend : tuple of str
        Arguments of `bench publish` that do it.
    """

    path: str
    what: str
    cure: str
    mend: tuple[str, ...]


def is_begun(there: Mapping[str, bytes]) -> bool:
    """Return whether a folder has rows, or a summary made from some; the boards of another cannot be checked.

    Parameters
    ----------
    there : mapping of str to bytes
        Path within the folder -> content.
    """
    return any(map(dataset_of, there)) or GENERATED.encode() in there.get(README, b"")


def faults(there: Mapping[str, bytes], read: Callable[[], Ledger], datasets: Sequence[str] = ()) -> list[Fault]:
    """Return what is wrong with the files of a folder, by path.

    Parameters
    ----------
    there : mapping of str to bytes
        Path within the folder -> content.
    read : callable
        Returns the published numbers; called only if a row names some.
    datasets : sequence of str
        Whose rows and board to look at; none for all, and the summary.
    """
    rows: dict[str, tuple[Line, ...]] = {}
    found = {rows_file(name): _lost(name) for name in _expected(there, datasets) if rows_file(name) not in there}
    for path, content in there.items():
        if dataset_of(path):
            try:
                rows[dataset_of(path)] = parse_rows(path, content)
            except ValueError as error:
                found[path] = _broken(path, str(error))
    texts = folder_texts(rows, read, there)
    if found:
        del texts[README]  # it tells of every dataset
    for path, text in texts.items():
        if path not in there:
            found[path] = Fault(path, "is missing", "make it with:", ANEW)
        elif there[path] != text.encode():
            found[path] = Fault(path, "is not exactly what the rows give", "make it anew with:", ANEW)
    asked = {path for name in datasets for path in (rows_file(name), board_file(name))} if datasets else set(found)
    return [found[path] for path in sorted(found) if path in asked]


def _expected(there: Mapping[str, bytes], datasets: Sequence[str]) -> list[str]:
    """Return the datasets that rows must be here for: those that are asked for, or have a board."""
    names = [path.removesuffix(".md") for path in there if path.endswith(".md")]
    return [*datasets, *(n for n in names if not name_problem(n) and is_ours(there[board_file(n)], f"# {n}: "))]


def _lost(dataset: str) -> Fault:
    return Fault(rows_file(dataset), "is missing", "restore it, or write what a store has with:", (dataset,))


def _broken(path: str, why: str) -> Fault:
    cure = "restore it, or write what a store has with:"
    return Fault(path, f"is damaged: {why}", cure, (dataset_of(path), "--replace"))
