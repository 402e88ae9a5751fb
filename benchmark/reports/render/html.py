"""A report as one self-contained HTML page: no script, no font, no picture; tooltips show a cell's hint."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as _escape
from itertools import groupby

from benchmark.reports.document import Cell, Column, Note, Report, Span, Table
from benchmark.reports.text import escape_control

STYLE = """\
:root { color-scheme: light dark; --ink: #1f2328; --paper: #fff; --line: #d1d9e0; --band: #f6f8fa; --hint: #59636e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f0f6fc; --paper: #0d1117; --line: #3d444d; --band: #151b23; --hint: #9198a1; }
}
body { margin: 1.5rem; color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, sans-serif; }
p, ul { max-width: 50rem; color: var(--hint); overflow-wrap: anywhere; }
.wide { overflow: auto; max-height: 90vh; border: 1px solid var(--line); border-radius: 6px; width: fit-content;
  max-width: 100%; }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { position: sticky; top: 0; background: var(--band); }
tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover td { background: var(--band); }
td.text { max-width: 24rem; white-space: normal; overflow-wrap: break-word; }
.number { text-align: right; }
td[title] { cursor: help; }
"""


def escape(text: str) -> str:
    """Return a text that is no markup anywhere, in an attribute neither."""
    return _escape(escape_control(text), quote=True)


def render(report: Report) -> str:
    """Return a page: each table below its heading, its notes below it."""
    title = escape(report.title)
    body = [f"<h1>{title}</h1>"]
    for table in report.tables:
        if table.title:
            body.append(f"<h2>{escape(table.title)}</h2>")
        body += [*_table(table), *_notes(table.notes)]
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        # Whatever a text may hold, a browser loads and runs nothing.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>\n{STYLE}</style>",
        "</head>",
        "<body>",
        *body,
        *_notes(report.notes),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    heads = "".join(f'<th scope="col" class="{_style(each)}">{escape(each.heading)}</th>' for each in table.columns)
    return [
        '<div class="wide">',
        "<table>",
        "<thead>",
        f"<tr>{heads}</tr>",
        "</thead>",
        "<tbody>",
        *(f"<tr>{''.join(map(_cell, table.columns, row))}</tr>" for row in table.rows),
        "</tbody>",
        "</table>",
        "</div>",
    ]


def _style(column: Column) -> str:
    return "number" if column.numeric else "text"


def _cell(column: Column, cell: Cell) -> str:
    text = f"<strong>{escape(cell.text)}</strong>" if cell.bold else escape(cell.text)
    hint = "&#10;".join(escape(line) for line in cell.hint)
    title = f' title="{hint}"' if hint else ""
    return f'<td class="{_style(column)}"{title}>{text}</td>'


def _notes(notes: Sequence[Note]) -> list[str]:
    lines = []
    for item, group in groupby(notes, key=lambda note: note.item):
        tag = "li" if item else "p"
        texts = [f"<{tag}>{''.join(map(_span, note.spans))}</{tag}>" for note in group]
        lines += ["<ul>", *texts, "</ul>"] if item else texts
    return lines


def _span(span: Span) -> str:
    return f"<code>{escape(span.text)}</code>" if span.code else escape(span.text)
