"""A report in GitHub's markdown."""

from __future__ import annotations

import re
from urllib.parse import quote

from benchmark.reports.document import Cell, Note, Report, Span, Table
from benchmark.reports.text import escape_control

# Between letters an underscore means nothing, and brackets mean nothing that no parenthesis, bracket or colon follows:
# `latent_dim` and `[32,64]` stay as they are typed.
_ACTIVE = re.compile(r"[\\`*|~$<]|(?<![^\W_])_|_(?![^\W_])|&(?=[#A-Za-z])|!(?=\[)|(?<=!)\[|\](?=[(\[:])")
_OPENING = re.compile(r"[-+=>#\[]|\d+(?=[.)])")


def escape(text: str, *, opens: bool = False) -> str:
    """Return a text that the rendered page shows unchanged; `opens`: at the beginning of a paragraph."""
    plain = escape_control(text)
    if opens:
        plain = plain.lstrip(" ")  # four spaces would make it code
    escaped = _ACTIVE.sub(lambda match: f"\\{match[0]}", plain)
    if opens and (opening := _OPENING.match(plain)) and not escaped.startswith("\\"):
        end = opening.end()
        # Of a number that would begin a list, the point or parenthesis is what counts.
        escaped = f"{escaped[:end]}\\{escaped[end:]}" if opening[0].isdigit() else f"\\{escaped}"
    return escaped


def render(report: Report) -> str:
    """Return the report: each table below its heading, its notes below it."""
    parts = [f"# {escape(report.title)}"]
    for table in report.tables:
        if table.title:
            parts.append(f"## {escape(table.title)}")
        parts += [_table(table), *map(_note, table.notes)]
    return "\n\n".join([*parts, *map(_note, report.notes)]) + "\n"


def _table(table: Table) -> str:
    from tabulate import tabulate  # not at the top: `bench --help` lists the formats

    header = [escape(column.heading) for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    # Tabulate must neither parse nor realign the texts. It makes a heading two columns wider than it need be; so the
    # heading is given as a row, and the line below it is put in its place afterwards.
    aligned = ["right" if column.numeric else "left" for column in table.columns]
    text: str = tabulate([header, *rows], tablefmt="pipe", disable_numparse=True, colalign=aligned)
    line, heading, *rest = text.split("\n")
    return "\n".join([heading, line, *rest])


def _cell(cell: Cell) -> str:
    text = escape(cell.text).strip()
    if cell.link:
        text = _linked(text, cell.link)
    return f"**{text}**" if cell.bold and text else text


def _linked(text: str, link: str) -> str:
    """Return a link of an escaped text; the address is percent-encoded where it could end the link or a cell."""
    label = re.sub(r"\\.|[\[\]]", lambda match: match[0] if len(match[0]) == 2 else f"\\{match[0]}", text)
    address = quote(escape_control(link), safe="/:?#=&%,;@+").replace("&", "&amp;")
    return f"[{label}]({address})"


def _note(note: Note) -> str:
    texts = [_span(span, opens=index == 0) for index, span in enumerate(note.spans)]
    return f"{'- ' if note.item else ''}{''.join(texts).strip()}"


def _span(span: Span, *, opens: bool) -> str:
    if span.link:
        return _linked(escape(span.text), span.link)
    if not span.code:
        return escape(span.text, opens=opens)
    code = escape_control(span.text)
    fence = "`" * (1 + max(map(len, re.findall("`+", code)), default=0))
    if code.strip() and (code[0] in "` " or code[-1] in "` "):
        code = f" {code} "  # markdown takes one space on both sides away
    return f"{fence}{code}{fence}"
