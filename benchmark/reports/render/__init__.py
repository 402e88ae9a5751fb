"""Writes a report as markdown, LaTeX, HTML or JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmark.reports.document import Report
from benchmark.reports.render import html, json, latex, markdown

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "markdown": markdown.render,
    "latex": latex.render,
    "html": html.render,
    "json": json.render,
}
