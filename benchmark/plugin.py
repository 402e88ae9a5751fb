"""What a plugin that does more than detect may import: the files of a dataset, and reports. Loads nothing heavy.

`DATA_LOGGER` names the logger, `benchmark.data`, whose messages `bench` shows while it fetches and decodes:
``logging.getLogger(DATA_LOGGER).info("fetching %s", url)``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.dataset_files import DATA_LOGGER, DatasetFiles, Location

if TYPE_CHECKING:
    from benchmark.reports.document import Cell, Column, Note, Report, Span, Table

__all__ = ["DATA_LOGGER", "Cell", "Column", "DatasetFiles", "Location", "Note", "Report", "Span", "Table"]

_OF_REPORTS = {"Cell", "Column", "Note", "Report", "Span", "Table"}


def __getattr__(name: str) -> Any:
    # On demand: a plugin that is being discovered must not load all of reports/.
    if name in _OF_REPORTS:
        return getattr(importlib.import_module("benchmark.reports.document"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
