"""One-Class Bench: what a plugin or a script may import. Loads nothing heavy."""

from __future__ import annotations

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
    "build_detector",
    "fingerprint",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    # The registry stands above the contracts: a plugin that is being discovered must not import it.
    if name == "build_detector":
        from benchmark.registry import build_detector

        return build_detector
    # NumPy is loaded by whoever needs it.
    if name == "Contrast":
        from benchmark.contrast import Contrast

        return Contrast
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
