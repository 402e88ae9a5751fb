"""A table before it has a format: what markdown, LaTeX and HTML are written from."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.report.prose import Remark

__all__ = ["Cell", "Column", "Panel", "Table"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A text as it is: a format escapes it.

    Attributes
    ----------
    bold : bool
        Whether it is the best of its column.
    hint : tuple of str
        Lines that say more, for a format that can hide them until they are asked for.
    """

    text: str
    bold: bool = False
    hint: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """Its heading; numbers stand to the right."""

    heading: str
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, and rows of as many cells."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"each row of this table has {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class Panel:
    """A heading, a table, and what is said of it."""

    title: str
    table: Table
    remarks: tuple[Remark, ...]
