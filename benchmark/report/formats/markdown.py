"""Panels in GitHub's markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmark.report.cells import visible
from benchmark.report.formats.table import Cell, Panel, Table
from benchmark.report.prose import Part, Remark

__all__ = ["escape", "written"]

# Between letters an underscore means nothing, and brackets mean nothing that no parenthesis, bracket or colon follows:
# `latent_dim` and `[32,64]` stay as they are typed.
_ACTIVE = re.compile(r"[\\`*|~$<]|(?<![^\W_])_|_(?![^\W_])|&(?=[#A-Za-z])|!(?=\[)|(?<=!)\[|\](?=[(\[:])")
_OPENING = re.compile(r"[-+=>#\[]|\d+(?=[.)])")


def escape(text: str, *, opens: bool = False) -> str:
    """Return a text that a reader of the rendered page sees as it was; `opens`: at the beginning of a paragraph."""
    seen = visible(text)
    seen = seen.lstrip(" ") if opens else seen  # four spaces would make it code
    escaped = _ACTIVE.sub(lambda match: f"\\{match[0]}", seen)
    if opens and (opening := _OPENING.match(seen)) and not escaped.startswith("\\"):
        end = opening.end()
        # Of a number that would begin a list, the point or parenthesis is what counts.
        escaped = f"{escaped[:end]}\\{escaped[end:]}" if opening[0].isdigit() else f"\\{escaped}"
    return escaped


def written(panels: Sequence[Panel]) -> str:
    """Return a heading, a table and its remarks for each panel."""
    parts = []
    for level, panel in enumerate(panels):
        parts += [f"{'##' if level else '#'} {escape(panel.title)}", _table(panel.table)]
        parts += [_remark(remark) for remark in panel.remarks]
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    from tabulate import tabulate

    header = [escape(column.heading) for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    aligned = ["right" if column.numeric else "left" for column in table.columns]
    # The texts are formatted already: tabulate must neither parse nor realign them. It gives a heading two columns more
    # than it needs, which a wide table has not; so the heading comes as a row, and the line above it goes below.
    text: str = tabulate([header, *rows], tablefmt="pipe", disable_numparse=True, colalign=aligned)
    line, heading, *rest = text.split("\n")
    return "\n".join([heading, line, *rest])


def _cell(cell: Cell) -> str:
    text = escape(cell.text).strip()
    return f"**{text}**" if cell.bold and text else text


def _remark(remark: Remark) -> str:
    texts = [_part(part, opens=index == 0) for index, part in enumerate(remark.parts)]
    return f"{'- ' if remark.item else ''}{''.join(texts).strip()}"


def _part(part: Part, *, opens: bool) -> str:
    if not part.code:
        return escape(part.text, opens=opens)
    code = visible(part.text)
    fence = "`" * (1 + max(map(len, re.findall("`+", code)), default=0))
    # A space on both sides belongs to the fence, where the code itself begins or ends with a backtick or a space.
    space = " " * bool(code.strip() and (code[0] in "` " or code[-1] in "` "))
    return f"{fence}{space}{code}{space}{fence}"
