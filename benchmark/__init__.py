"""One-Class Bench: what a plugin or a script may import. Loads nothing heavy."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from benchmark.hookspecs import hookimpl
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
from benchmark.interfaces.observer import Observer
from benchmark.interfaces.specs import DatasetSpec, DetectorSpec, MetricSpec, ObserverSpec

if TYPE_CHECKING:
    from benchmark.api import board, outcomes, records, run
    from benchmark.contrast import Contrast
    from benchmark.registry import build_detector

__all__ = [
    "BadData",
    "BenchError",
    "BoolArray",
    "ContractBroken",
    "Contrast",
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
    "NotFitted",
    "Observer",
    "ObserverSpec",
    "OnePartDataset",
    "OneSidedLabels",
    "RawImages",
    "Scores",
    "TrainingCollapsed",
    "board",
    "build_detector",
    "fingerprint",
    "hookimpl",
    "outcomes",
    "records",
    "run",
]

# The registry, and what stands above it, stands above the contracts: a plugin that is being discovered must not import
# it. NumPy is loaded by whoever needs it.
_WHEN_ASKED = {
    "Contrast": "benchmark.contrast",
    "board": "benchmark.api",
    "build_detector": "benchmark.registry",
    "outcomes": "benchmark.api",
    "records": "benchmark.api",
    "run": "benchmark.api",
}


def __getattr__(name: str) -> Any:
    if name in _WHEN_ASKED:
        return getattr(importlib.import_module(_WHEN_ASKED[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
