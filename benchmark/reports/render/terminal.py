"""A report for a terminal: as many columns as fit its width, notes wrapped to it, the best numbers in bold."""

from __future__ import annotations

import itertools
import shutil
import textwrap
from collections.abc import Sequence

from benchmark.reports.document import Cell, Note, Report, Span, Table
from benchmark.reports.text import escape_control

GAP = "  "
TEXT_WIDTHS = (40, 28, 20, 14)
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
NARROWEST, NARROWEST_TEXT, WIDEST_NOTE = 40, 24, 100


def render(report: Report, width: int | None = None) -> str:
    """Return the report with ANSI codes for bold text.

    Parameters
    ----------
    width : int, optional
        In characters; that of the terminal if not given.
    """
    width = max(NARROWEST, shutil.get_terminal_size().columns if width is None else width)
    parts = _heading(report.title, width)
    for table in report.tables:
        parts += _heading(table.title, width) if table.title else []
        parts += [_table(table, width), *_notes(table.notes, width)]
    return "\n\n".join([*parts, *_notes(report.notes, width)]) + "\n"


def _heading(title: str, width: int) -> list[str]:
    return ["\n".join(f"{BOLD}{line}{PLAIN}" for line in textwrap.wrap(escape_control(title), width))]


def _table(table: Table, width: int) -> str:
    """Return the columns that fit, from the left, and the names of the others; a last column of texts is wrapped."""
    texts = [[escape_control(column.heading) for column in table.columns]]
    texts += [[escape_control(cell.text) for cell in row] for row in table.rows]
    widths = _widths(table, texts, width)
    fitting = _fitting(widths, width)
    header, *rows = ([_wrap(text, size) for text, size in zip(row, widths[:fitting], strict=False)] for row in texts)
    lines = [*_lines(table, header, widths), GAP.join("-" * size for size in widths[:fitting])]
    for cells, row in zip(table.rows, rows, strict=True):
        lines += _lines(table, row, widths, cells)
    if fitting < len(table.columns):
        hidden = ", ".join(texts[0][fitting:])
        more = f"These columns do not fit into {width} characters: {hidden}. --output FILE writes them all."
        lines += ["", *textwrap.wrap(more, width)]
    return "\n".join(lines)


def _widths(table: Table, texts: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the width of each column: of its longest text, or less where the columns then fit.

    Columns of texts are narrowed first; then the headings of all columns are wrapped between words.
    """
    heading, *rows = texts
    widest = [max(map(len, column)) for column in zip(*texts, strict=True)]
    words = [max(map(len, text.split()), default=0) for text in heading]
    wrapped = [max(word, *(len(row[i]) for row in rows)) if rows else word for i, word in enumerate(words)]
    for limit, longest in (*((limit, widest) for limit in TEXT_WIDTHS), (TEXT_WIDTHS[-1], wrapped)):
        widths = [
            size if column.numeric else min(size, limit) for size, column in zip(longest, table.columns, strict=True)
        ]
        if not table.columns[-1].numeric:
            rest = width - sum(widths[:-1]) - len(GAP) * (len(widths) - 1)
            widths[-1] = min(longest[-1], max(rest, NARROWEST_TEXT))
        if _fitting(widths, width) == len(widths):
            return widths
    return [min(size, TEXT_WIDTHS[0]) for size in wrapped]


def _fitting(widths: Sequence[int], width: int) -> int:
    """Return how many columns fit, at least one."""
    taken = -len(GAP)
    for index, size in enumerate(widths):
        taken += len(GAP) + size
        if taken > width:
            return max(1, index)
    return len(widths)


def _wrap(text: str, size: int) -> list[str]:
    return textwrap.wrap(text, max(1, size), break_on_hyphens=False) or [""]


def _lines(
    table: Table, texts: Sequence[Sequence[str]], widths: Sequence[int], cells: Sequence[Cell] = ()
) -> list[str]:
    """Return the lines of a row, each text a list of lines; bold cells are marked."""
    lines = []
    for parts in itertools.zip_longest(*texts, fillvalue=""):
        aligned = [
            part.rjust(size) if column.numeric else part.ljust(size)
            for part, size, column in zip(parts, widths, table.columns, strict=False)
        ]
        aligned[-1] = aligned[-1].rstrip()
        marked = [
            f"{BOLD}{text}{PLAIN}" if cell is not None and cell.bold and text.strip() else text
            for text, cell in itertools.zip_longest(aligned, cells[: len(aligned)])
        ]
        lines.append(GAP.join(marked).rstrip())
    return lines


def _notes(notes: Sequence[Note], width: int) -> list[str]:
    texts = []
    for each in notes:
        first, other = ("- ", "  ") if each.item else ("", "")
        text = "".join(map(_span, each.spans)).strip()
        width_of_note = min(width, WIDEST_NOTE)
        texts.append(
            textwrap.fill(
                text,
                width_of_note,
                initial_indent=first,
                subsequent_indent=other,
                break_on_hyphens=False,
            )
        )
    return texts


def _span(span: Span) -> str:
    text = escape_control(span.text)
    return f"`{text}`" if span.code else text
