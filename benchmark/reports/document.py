"""A report before it has a format: a title, tables, notes, and the same as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, taken as it is: a format escapes it whole."""

    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph, or an item of a list."""

    spans: tuple[Span, ...]
    item: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A text as it is: a format escapes it.

    Attributes
    ----------
    bold : bool
        Whether it is the best of its column.
    hint : tuple of str
        Lines that say more, for a format with tooltips.
    """

    text: str
    bold: bool = False
    hint: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; numbers are aligned to the right."""

    heading: str
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, rows of as many cells, and the notes below them; the title is empty where the report's own will do."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"each row of this table has {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class Report:
    """What a verb shows.

    Attributes
    ----------
    notes : tuple of Note
        What is said of all tables, below the last.
    data : object
        The same as plain values, for JSON: numbers are not rounded.
    lines : tuple of tuple
        The same as a header and a line for each row, for CSV.
    """

    title: str
    tables: tuple[Table, ...]
    notes: tuple[Note, ...] = ()
    data: Any = None
    lines: tuple[tuple[Any, ...], ...] = ()


def spans(text: str) -> tuple[Span, ...]:
    """Return the spans of a text of our own: what stands between backticks is code.

    A text that came from elsewhere is one `Span` instead.

    Examples
    --------
    >>> [span.text for span in spans("see `bench show`.") if span.code]
    ['bench show']
    """
    return tuple(Span(piece, code=bool(index % 2)) for index, piece in enumerate(text.split("`")) if piece)


def note(*pieces: str | Span, item: bool = False) -> Note:
    """Return a note of our own texts, given as str, and of others' texts, given as `Span`."""
    parts = (span for piece in pieces for span in (spans(piece) if isinstance(piece, str) else (piece,)))
    return Note(tuple(span for span in parts if span.text), item)
