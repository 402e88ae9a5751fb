"""One-Class Bench: what a plugin or a script may import. Loads nothing heavy."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.added_later import AddedLater
from benchmark.interfaces.arrays import BoolArray, FloatArray, Images, IntArray, RawImages, Scores
from benchmark.interfaces.dataset import Dataset, LabelledImages, OnePartDataset, fingerprint
from benchmark.interfaces.detector import Detector, EpochReport, FitContext
from benchmark.interfaces.errors import (
    BadData,
    BenchError,
    ContractBroken,
    DataNotFound,
    NotFitted,
    OneSidedLabels,
    TrainingCollapsed,
)
from benchmark.interfaces.hooks import hookimpl
from benchmark.interfaces.observer import Observer
from benchmark.interfaces.specs import (
    CommandSpec,
    DatasetSpec,
    DetectorSpec,
    MetricSpec,
    NoOptions,
    ObserverSpec,
    Preset,
)

if TYPE_CHECKING:
    from benchmark.api import board, outcomes, records, render, run
    from benchmark.interfaces.outcome import Outcome
    from benchmark.interfaces.trial import Trial
    from benchmark.registry import build_detector
    from benchmark.reports.board import Board
    from benchmark.reports.document import Report

__all__ = [
    "AddedLater",
    "BadData",
    "BenchError",
    "Board",
    "BoolArray",
    "CommandSpec",
    "ContractBroken",
    "DataNotFound",
    "Dataset",
    "DatasetSpec",
    "Detector",
    "DetectorSpec",
    "EpochReport",
    "FitContext",
    "FloatArray",
    "Images",
    "IntArray",
    "LabelledImages",
    "MetricSpec",
    "NoOptions",
    "NotFitted",
    "Observer",
    "ObserverSpec",
    "OnePartDataset",
    "OneSidedLabels",
    "Outcome",
    "Preset",
    "RawImages",
    "Report",
    "Scores",
    "TrainingCollapsed",
    "Trial",
    "board",
    "build_detector",
    "fingerprint",
    "hookimpl",
    "outcomes",
    "records",
    "render",
    "run",
]

# Imported on demand: a plugin that is being discovered must not import the registry or the rooms above it. NumPy is
# imported by the modules that use it.
_ON_DEMAND = {
    "Board": "benchmark.reports.board",
    "Outcome": "benchmark.interfaces.outcome",
    "Report": "benchmark.reports.document",
    "Trial": "benchmark.interfaces.trial",
    "board": "benchmark.api",
    "build_detector": "benchmark.registry",
    "outcomes": "benchmark.api",
    "records": "benchmark.api",
    "render": "benchmark.api",
    "run": "benchmark.api",
}
_MOVED = {"Contrast": "benchmark.preprocessing"}


def __getattr__(name: str) -> Any:
    if name in _ON_DEMAND:
        return getattr(importlib.import_module(_ON_DEMAND[name]), name)
    if name in _MOVED:
        # An ImportError, since `from benchmark import NAME` replaces the text of an AttributeError.
        raise ImportError(f"`{name}` is now in `{_MOVED[name]}`: from {_MOVED[name]} import {name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
