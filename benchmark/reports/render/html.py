"""A report as one self-contained HTML page: no script, no font, no picture; a tooltip shows a cell's hint."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from benchmark.reports.document import Note, Report
from benchmark.reports.text import escape_control

if TYPE_CHECKING:
    from jinja2 import Template


def render(report: Report) -> str:
    """Return a page: each table below its heading, its notes below it."""
    return f"{_template().render(report=report).rstrip()}\n"


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # not at the top: `bench --help` lists the formats

    # Every text is escaped for HTML by `autoescape`; `visible` escapes control characters.
    environment = Environment(
        loader=PackageLoader("benchmark.reports.render", ""),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["visible"] = escape_control
    environment.filters["groupby_item"] = _runs
    return environment.get_template("page.html.j2")


def _runs(notes: Iterable[Note]) -> list[tuple[bool, list[Note]]]:
    """Return the notes in runs of paragraphs and of list items."""
    return [(is_item, list(group)) for is_item, group in groupby(notes, key=lambda note: note.item)]
