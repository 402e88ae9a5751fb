"""Writes a board as markdown, LaTeX, CSV, JSON or HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmark.report.board import Board
from benchmark.report.formats import html, latex, markdown
from benchmark.report.formats.layout import panels
from benchmark.report.formats.plain import to_csv, to_json

__all__ = ["FORMATS", "to_csv", "to_html", "to_json", "to_latex", "to_markdown"]


def to_markdown(board: Board) -> str:
    """Return a heading, the table and what a reader must know of it, in GitHub's markdown; then what stands apart.

    A metric that ranges from 0 to 1 is given in percent, as the literature does.
    """
    return markdown.written(panels(board))


def to_latex(board: Board) -> str:
    """Return the same as tables for a paper; the preamble that they need stands in the first lines."""
    return latex.written(panels(board))


def to_html(board: Board) -> str:
    """Return the same as a page that asks for nothing else; each trial's value and interval wait under the pointer."""
    return html.written(panels(board))


FORMATS: Mapping[str, Callable[[Board], str]] = {
    "markdown": to_markdown,
    "latex": to_latex,
    "csv": to_csv,
    "json": to_json,
    "html": to_html,
}
