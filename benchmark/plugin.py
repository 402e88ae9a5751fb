"""What a plugin may import beyond `benchmark`: the files of a dataset, and reports."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.dataset_files import DatasetFiles, Location

if TYPE_CHECKING:
    from benchmark.reports.document import Cell, Column, Note, Report, Span, Table

__all__ = ["Cell", "Column", "DatasetFiles", "Location", "Note", "Report", "Span", "Table"]

_OF_REPORTS = {"Cell", "Column", "Note", "Report", "Span", "Table"}


def __getattr__(name: str) -> Any:
    # Reports stand far above the contracts: a plugin that is being discovered must not load them.
    if name in _OF_REPORTS:
        return getattr(importlib.import_module("benchmark.reports.document"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
