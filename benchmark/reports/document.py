"""A report before it has a format: a title, tables, notes, and the same as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, escaped whole by each format.

    Attributes
    ----------
    link : str
        A relative path or an address, for a format with links; empty for none.
    """

    text: str
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph, or an item of a list."""

    spans: tuple[Span, ...]
    item: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a table, escaped by each format.

    Attributes
    ----------
    bold : bool
        Whether it is the best of its column.
    hint : tuple of str
        Lines with more detail, for a format with tooltips.
    link : str
        As of a `Span`.
    """

    text: str
    bold: bool = False
    hint: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; numbers are aligned to the right."""

    heading: str
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A heading (empty under the report's own title), columns, rows of as many cells, and the notes below them."""

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
        About all tables, below the last.
    data : object
        The same as plain values, for JSON: numbers are not rounded.
    lines : tuple of tuple
        The same as a header and a line for each row, for CSV: numbers are not rounded.
    """

    title: str
    tables: tuple[Table, ...]
    notes: tuple[Note, ...] = ()
    data: Any = None
    lines: tuple[tuple[Any, ...], ...] = ()


def text_table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, text: Sequence[str], notes: Sequence[Note] = ()
) -> Table:
    """Return a table of plain texts.

    Parameters
    ----------
    text : sequence of str
        The headings whose columns hold words; the others hold numbers.
    """
    columns = tuple(Column(heading, numeric=heading not in text) for heading in header)
    return Table(title, columns, tuple(tuple(map(Cell, row)) for row in rows), tuple(notes))


def spans(text: str) -> tuple[Span, ...]:
    """Return the spans of a text of this project: what stands between backticks is code.

    A text from elsewhere (a name, a message, a citation) is one `Span` instead.

    Examples
    --------
    >>> [span.text for span in spans("see `bench show`.") if span.code]
    ['bench show']
    """
    return tuple(Span(piece, code=bool(index % 2)) for index, piece in enumerate(text.split("`")) if piece)


def note(*pieces: str | Span, item: bool = False) -> Note:
    """Return a note of texts of this project, given as str, and of texts from elsewhere, given as `Span`."""
    parts = (span for piece in pieces for span in (spans(piece) if isinstance(piece, str) else (piece,)))
    return Note(tuple(span for span in parts if span.text), item)
