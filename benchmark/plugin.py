"""What a plugin may import in addition to `benchmark`: the files of a dataset, and commands that show reports.

Files of a dataset
    `DatasetFiles`, `Location`, `CacheEntry`. `DATA_LOGGER` is the name of the logger, `benchmark.data`, whose messages
    `bench` shows while it fetches and decodes: ``logging.getLogger(DATA_LOGGER).info("fetching %s", url)``.
A report
    `Report`, `Table`, `Column`, `Cell`, `Note`, `Span`; `text_table` and `note` make a table and a note from texts.
A command
    `report_command` makes a function that returns a `Report` a command with `--store`, `--format` and `--output`;
    `write_bytes` writes another file, such as a picture. `Row` is the type of `benchmark.board(...).rows`.
Texts
    `heading`, `number_of` and `is_percent` of a metric; `seconds`, `plural`, `join`; `assignments` of parameters;
    `NOTHING`, the dash for a missing number.

Loads nothing heavy: each name is imported when it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.dataset_files import DATA_LOGGER, CacheEntry, DatasetFiles, Location

if TYPE_CHECKING:
    from benchmark.cli.options import write_bytes
    from benchmark.cli.report_command import report_command
    from benchmark.reports.board import Row
    from benchmark.reports.document import Cell, Column, Note, Report, Span, Table, note, text_table
    from benchmark.reports.settings import assignments
    from benchmark.reports.text import NOTHING, heading, is_percent, join, number_of, plural, seconds

__all__ = [
    "DATA_LOGGER",
    "NOTHING",
    "CacheEntry",
    "Cell",
    "Column",
    "DatasetFiles",
    "Location",
    "Note",
    "Report",
    "Row",
    "Span",
    "Table",
    "assignments",
    "heading",
    "is_percent",
    "join",
    "note",
    "number_of",
    "plural",
    "report_command",
    "seconds",
    "text_table",
    "write_bytes",
]

# On demand, since a plugin that is being discovered must load neither reports nor click.
_MODULES = {
    "benchmark.cli.options": ("write_bytes",),
    "benchmark.cli.report_command": ("report_command",),
    "benchmark.reports.board": ("Row",),
    "benchmark.reports.document": ("Cell", "Column", "Note", "Report", "Span", "Table", "note", "text_table"),
    "benchmark.reports.settings": ("assignments",),
    "benchmark.reports.text": ("NOTHING", "heading", "is_percent", "join", "number_of", "plural", "seconds"),
}
_ON_DEMAND = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _ON_DEMAND:
        return getattr(importlib.import_module(_ON_DEMAND[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
