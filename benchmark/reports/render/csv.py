"""A report's lines as CSV: a header, then a line for each row; numbers are not rounded."""

from __future__ import annotations

import csv
import io
from typing import Any

from benchmark.reports.document import Report
from benchmark.reports.text import escape_control, truncate

LONGEST_TEXT = 2000
FORMULA = ("=", "+", "-", "@")


def render(report: Report) -> str:
    """Return the lines; a text that a spreadsheet would compute gets an apostrophe before it.

    Control characters are escaped, and what is longer than 2,000 characters is truncated.
    """
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([_safe(value) for value in line] for line in report.lines)
    return buffer.getvalue()


def _safe(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    escaped = truncate(escape_control(value), LONGEST_TEXT)
    return f"'{escaped}" if escaped.startswith(FORMULA) else escaped
