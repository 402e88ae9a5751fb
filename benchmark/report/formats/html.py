"""Panels as one HTML page that asks for nothing else: no script, no font, no picture."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as _escape
from itertools import groupby

from benchmark.report.cells import visible
from benchmark.report.formats.table import Cell, Panel, Table
from benchmark.report.prose import Part, Remark

__all__ = ["escape", "written"]

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
    """Return a text that is a text wherever it stands, in an attribute too."""
    return _escape(visible(text), quote=True)


def written(panels: Sequence[Panel]) -> str:
    """Return a page with a heading, a table and its remarks for each panel."""
    title = escape(panels[0].title)
    body = [
        line
        for level, panel in enumerate(panels, 1)
        for line in (
            f"<h{min(level, 2)}>{escape(panel.title)}</h{min(level, 2)}>",
            *_table(panel.table),
            *_remarks(panel.remarks),
        )
    ]
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
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    kinds = ["number" if column.numeric else "text" for column in table.columns]
    heads = zip(kinds, table.columns, strict=True)
    return [
        '<div class="wide">',
        "<table>",
        "<thead>",
        f"<tr>{''.join(_head(kind, column.heading) for kind, column in heads)}</tr>",
        "</thead>",
        "<tbody>",
        *(
            f"<tr>{''.join(_cell(kind, cell) for kind, cell in zip(kinds, row, strict=True))}</tr>"
            for row in table.rows
        ),
        "</tbody>",
        "</table>",
        "</div>",
    ]


def _head(kind: str, heading: str) -> str:
    return f'<th scope="col" class="{kind}">{escape(heading)}</th>'


def _cell(kind: str, cell: Cell) -> str:
    text = f"<strong>{escape(cell.text)}</strong>" if cell.bold else escape(cell.text)
    hint = "&#10;".join(escape(line) for line in cell.hint)
    title = f' title="{hint}"' if hint else ""
    return f'<td class="{kind}"{title}>{text}</td>'


def _remarks(remarks: Sequence[Remark]) -> list[str]:
    lines = []
    for item, group in groupby(remarks, key=lambda remark: remark.item):
        tag = "li" if item else "p"
        told = [f"<{tag}>{''.join(_part(part) for part in remark.parts)}</{tag}>" for remark in group]
        lines += ["<ul>", *told, "</ul>"] if item else told
    return lines


def _part(part: Part) -> str:
    return f"<code>{escape(part.text)}</code>" if part.code else escape(part.text)
