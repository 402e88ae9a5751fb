"""A detector under examination: built and fitted as a worker does it, once for all checks that only look."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.conformance.check import Failed, Skipped
from benchmark.conformance.images import Samples, Shape, draw
from benchmark.conformance.spies import Seen, watch
from benchmark.interfaces.detector import Detector, EpochReport, FitContext
from benchmark.registry import Registry, ResolvedDetector
from benchmark.running import frameworks
from benchmark.running.audit import checked_scores, tolerance

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import Images, Scores

    ScoresByRule = Mapping[str, Scores]

SEED = 0
SHAPES: tuple[Shape, ...] = ((12, 12, 1), (28, 28, 1), (32, 32, 3))
"""Tried in turn until the detector takes one."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted detector, and what the spies have seen meanwhile."""

    detector: Detector
    seen: Seen


@dataclass(frozen=True, slots=True)
class Examined:
    """A fit, the scores of the probe by it, and those in each epoch that offered `score`."""

    fitted: Fitted
    scores: ScoresByRule
    epochs: tuple[ScoresByRule, ...] = ()


class DetectorSubject:
    """A detector by name, with its preset `smoke` where it has one.

    Attributes
    ----------
    probe : ndarray of float32, shape (n, h, w, c)
        The images whose scores are compared: many normal ones, a few anomalous.
    """

    kind = "detector"

    def __init__(
        self, registry: Registry, name: str, values: Mapping[str, Any] | None = None, *, preset: str = ""
    ) -> None:
        self.registry, self.name, self.values = registry, name, dict(values or {})
        self.spec = registry.detectors[name]
        self.preset = preset or ("smoke" if "smoke" in self.spec.presets else "fast")

    @functools.cached_property
    def resolved(self) -> ResolvedDetector:
        """The detector under the preset and the values."""
        return self.registry.resolve(self.name, self.values, preset=self.preset)

    @property
    def framework(self) -> str:
        """The framework that it needs."""
        return self.resolved.framework

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that it scores by."""
        return self.resolved.rules

    def fit(self, images: Images, *, listener: Callable[[EpochReport, Any], None] | None = None) -> Fitted:
        """Return a new detector fitted as a worker does it."""
        frameworks.load(self.framework, threads=1)
        frameworks.seed_everything(self.framework, SEED)
        with watch(self.framework) as seen:
            detector = self.resolved.build()
            detector.fit(images, FitContext(seed=SEED, listener=listener))
        return Fitted(detector, seen)

    def score(self, detector: Detector, images: Images) -> ScoresByRule:
        """Return checked scores."""
        return checked_scores(detector.score(images), self.rules, len(images))

    @functools.cached_property
    def _first(self) -> tuple[Samples, Fitted] | Exception:
        errors: list[Exception] = []
        for shape in SHAPES:
            samples = draw(shape)
            try:
                return samples, self.fit(samples.train)
            except Exception as error:  # noqa: BLE001 - `fits` or the check of that shape reports it
                errors.append(error)
        return errors[0]

    def first(self) -> tuple[Samples, Fitted]:
        """Return the samples and the first fit, or raise what it raised."""
        if isinstance(self._first, Exception):
            raise self._first
        return self._first

    @property
    def samples(self) -> Samples:
        """The images of the shape that the detector takes."""
        if isinstance(self._first, Exception):
            raise Skipped("it cannot be fitted")
        return self._first[0]

    @property
    def fitted(self) -> Fitted:
        """The first fit, which no check may change."""
        if isinstance(self._first, Exception):
            raise Skipped("it cannot be fitted")
        return self._first[1]

    @functools.cached_property
    def probe(self) -> Images:
        """The images whose scores are compared."""
        probe: Images = np.concatenate([self.samples.normal, self.samples.anomalous[:8]])
        probe.flags.writeable = False
        return probe

    @functools.cached_property
    def reference(self) -> ScoresByRule:
        """The scores of the probe by the first fit."""
        detector = self.fitted.detector
        try:
            return self.score(detector, self.probe)
        except Exception as error:
            raise Skipped("it cannot score") from error

    @functools.cached_property
    def other(self) -> Examined:
        """A fit on other images, with the same seed."""
        self.reference  # noqa: B018 - by the first fit, while no later one can have harmed it
        fitted = self.fit(self.samples.other)
        return Examined(fitted, self.score(fitted.detector, self.probe))

    @functools.cached_property
    def scored_each_epoch(self) -> Examined:
        """A fit like the first one, whose listener scores in each epoch."""
        self.reference  # noqa: B018 - as above
        epochs: list[ScoresByRule] = []

        def listen(report: EpochReport, score: Callable[[Images], ScoresByRule] | None) -> None:  # noqa: ARG001
            if score is not None:
                epochs.append(score(self.probe))

        fitted = self.fit(self.samples.train, listener=listen)
        return Examined(fitted, self.score(fitted.detector, self.probe), tuple(epochs))

    def compare(self, scores: ScoresByRule, what: str) -> None:
        """Raise Failed if scores of the probe are not those of the first fit."""
        for rule in self.rules:
            difference, allowed = apart(self.reference[rule], scores[rule]), tolerance(self.reference[rule])
            if not difference <= allowed:
                raise Failed(
                    f"rule {rule!r}: {what} changes a score by {difference:.3g}; allowed are {allowed:.3g}"
                    " (1 % of the interquartile range)"
                )


def apart(one: Scores, other: Scores) -> float:
    """Return the largest difference between two answers; nan where one of them is not finite."""
    return float(np.abs(one - other).max(initial=0.0))
