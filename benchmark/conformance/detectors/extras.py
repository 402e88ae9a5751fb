"""Checks of the optional methods: `facts`, `embed`, `reconstruct`, `heatmap`, `save` and `load`."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmark.conformance.check import Failed, Skipped, check
from benchmark.conformance.subject import FEW_IMAGES, DetectorSubject
from benchmark.running.messages import DetectorRequest
from benchmark.running.scored_alone import score_in_fresh_process


@check(
    expected="`facts` returns a dict: for each name a number or a text.",
    fix="return a dict such as {'parameters': float(count)}; a value is a float, an int or a str.",
)
def facts(subject: DetectorSubject) -> None:
    """Call `facts` of the fitted detector."""
    returned = subject.fitted.detector.facts()
    if not isinstance(returned, dict):
        raise Failed(f"`facts` returned {type(returned).__name__}")
    for name, fact in returned.items():
        if not isinstance(name, str):
            raise Failed(f"the name {name!r} is not a str")
        if not isinstance(fact, str | int | float):
            raise Failed(f"the value of {name!r} has the type {type(fact).__name__}")


@check(
    expected="`embed` returns the shape (n, d), `reconstruct` (n, h, w, c), `heatmap` (n, h, w): floats, all finite.",
    fix="return a numpy array of floats with one code, image or map for each image, in the order of the images.",
)
def optional_outputs(subject: DetectorSubject) -> None:
    """Call the methods that the detector has."""
    detector: Any = subject.fitted.detector
    images = subject.probe
    shapes = {"embed": (len(images), None), "reconstruct": images.shape, "heatmap": images.shape[:3]}
    offered = {name: shape for name, shape in shapes.items() if hasattr(detector, name)}
    if not offered:
        raise Skipped("it has none of these methods")
    for name, shape in offered.items():
        output = getattr(detector, name)(images)
        if not isinstance(output, np.ndarray) or output.dtype.kind != "f":
            raise Failed(f"`{name}` returned {getattr(output, 'dtype', type(output).__name__)}")
        if len(output.shape) != len(shape) or any(
            expected not in (None, size) for size, expected in zip(output.shape, shape, strict=True)
        ):
            raise Failed(f"`{name}` returned the shape {output.shape}")
        if not np.isfinite(output).all():
            raise Failed(f"`{name}` returned values that are not finite")


@check(
    expected="A detector that is saved before it has scored an image, and loaded in a fresh process, gives the same"
    " scores to a few images alone.",
    fix="save everything that `score` uses: weights, centres, scalings, thresholds; and nothing that `score` has seen.",
)
def save_and_load(subject: DetectorSubject) -> None:
    """Save, load in another process and compare, if a detector has both methods."""
    detector: Any = subject.fitted.detector
    has_save, has_load = hasattr(detector, "save"), hasattr(detector, "load")
    if not has_save and not has_load:
        raise Skipped("it has no `save` and no `load`")
    if not has_load:
        raise Failed("it has `save`, but no `load`")
    if not has_save:
        raise Failed("it has `load`, but no `save`")
    if not all(np.isfinite(scores).all() for scores in subject.reference.values()):
        raise Failed("the scores before `save` are not all finite")
    fresh, raw = subject.fresh, subject.mixture[-FEW_IMAGES:]
    if fresh.save_error is not None:
        raise fresh.save_error
    resolved = subject.resolved
    detector_request = DetectorRequest(
        name=resolved.name,
        params=resolved.params,
        rules=resolved.rules,
        framework=resolved.framework,
        device="cpu",
        threads=1,
    )
    scores = score_in_fresh_process(detector_request, str(fresh.folder), raw)
    loaded = dict(zip(subject.rules, scores, strict=True))
    few = {rule: values[-FEW_IMAGES:] for rule, values in fresh.mixture.items()}
    subject.compare(loaded, "saving, and loading in a fresh process", reference=few)


CHECKS = (facts, optional_outputs, save_and_load)
