"""A report's data as JSON."""

from __future__ import annotations

import json

from benchmark.reports.document import Report


def render(report: Report) -> str:
    """Return the data; texts are whole and exact, and what is invisible or controls a terminal is escaped."""
    text = json.dumps(report.data, indent=2, ensure_ascii=False)
    return "\n".join(line if line.isprintable() else _escape(line) for line in text.split("\n")) + "\n"


def _escape(text: str) -> str:
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
