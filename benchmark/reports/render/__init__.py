"""Writes a report as text. A new format is a module here and a line in `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmark.interfaces.errors import did_you_mean
from benchmark.reports.document import Report
from benchmark.reports.render import csv, html, json, latex, markdown, terminal


@dataclass(frozen=True, slots=True)
class Format:
    """How a report is written, and the suffixes of file names that choose the format."""

    render: Callable[[Report], str]
    suffixes: tuple[str, ...]


FORMATS = {
    "terminal": Format(terminal.render, ()),
    "markdown": Format(markdown.render, (".md", ".markdown", ".txt", "")),
    "latex": Format(latex.render, (".tex",)),
    "csv": Format(csv.render, (".csv",)),
    "json": Format(json.render, (".json",)),
    "html": Format(html.render, (".html", ".htm")),
}


def render(report: Report, form: str) -> str:
    """Return a report as text in one of `FORMATS`.

    Raises
    ------
    UnknownName
        If there is no such format.
    """
    if form not in FORMATS:
        raise did_you_mean("format", form, FORMATS)
    return FORMATS[form].render(report)
