"""Checks of what a detector offers beyond `fit` and `score`: `facts`, codes, reconstructions, `save` and `load`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.conformance.check import Failed, Skipped, check
from benchmark.conformance.subject import DetectorSubject


@check(
    expected="`facts` returns numbers and texts by name.",
    fix="return {'parameters': float(count)}: float, int or str, nothing nested.",
)
def facts(subject: DetectorSubject) -> None:
    """Ask the fitted detector."""
    returned = subject.fitted.detector.facts()
    if not isinstance(returned, dict):
        raise Failed(f"it returned {type(returned).__name__}")
    for name, fact in returned.items():
        if not isinstance(name, str) or not isinstance(fact, str | int | float):
            raise Failed(f"{name!r} is {type(fact).__name__}")


@check(
    expected="`embed` returns (n, d), `reconstruct` (n, h, w, c), `heatmap` (n, h, w): numbers, all finite.",
    fix="return a numpy array with one row, image or map for each image, in their order.",
)
def optional_outputs(subject: DetectorSubject) -> None:
    """Call those methods that there are."""
    detector: Any = subject.fitted.detector
    images = subject.probe
    wanted = {"embed": (len(images), None), "reconstruct": images.shape, "heatmap": images.shape[:3]}
    offered = {name: shape for name, shape in wanted.items() if hasattr(detector, name)}
    if not offered:
        raise Skipped("it has none of them")
    for name, shape in offered.items():
        got = getattr(detector, name)(images)
        if not isinstance(got, np.ndarray) or got.dtype.kind != "f":
            raise Failed(f"`{name}` returned {getattr(got, 'dtype', type(got).__name__)}")
        if len(got.shape) != len(shape) or any(w not in (None, g) for g, w in zip(got.shape, shape, strict=True)):
            raise Failed(f"`{name}` returned the shape {got.shape}")
        if not np.isfinite(got).all():
            raise Failed(f"`{name}` returned values that are not finite")


@check(
    expected="A detector that is saved, and loaded into one just built, gives the same scores.",
    fix="save everything that `score` uses: weights, centres, scalings, thresholds.",
)
def save_and_load(subject: DetectorSubject) -> None:
    """Save, load and compare, where a detector has both methods."""
    detector: Any = subject.fitted.detector
    lacking = [name for name in ("save", "load") if not hasattr(detector, name)]
    if len(lacking) == 2:
        raise Skipped("it has no `save` and no `load`")
    if lacking:
        raise Failed(f"it has no `{lacking[0]}`, but the other of the two")
    subject.compare(subject.reference, "nothing")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        detector.save(folder)
        loaded: Any = subject.resolved.build()
        loaded.load(folder)
        subject.compare(subject.score(loaded, subject.probe), "saving and loading")


CHECKS = (facts, optional_outputs, save_and_load)
