"""A detector under examination: built and fitted as a worker does it, once for all checks that only look."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark import frameworks
from benchmark.audit import checked_scores, tolerance
from benchmark.interfaces.detector import Detector, EpochReport, FitContext
from benchmark.registry import Registry
from benchmark.testing.check import Failed, Skipped
from benchmark.testing.images import Samples, Shape, draw
from benchmark.testing.spies import Seen, watch

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import Images, Scores

    ScoresByRule = Mapping[str, Scores]

__all__ = ["SEED", "DetectorSubject", "Examined", "Fitted", "apart"]

SEED = 0
SHAPES: tuple[Shape, ...] = ((12, 12, 1), (28, 28, 1), (32, 32, 3))
"""Tried in turn until the detector takes one."""

"""Of a rule's interquartile range over the scored images: what two answers to the same question may differ by."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted detector, and what was seen meanwhile."""

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
    def config(self) -> Any:
        """The checked config."""
        return self.registry.config(self.name, self.values, preset=self.preset)

    @property
    def framework(self) -> str:
        """The framework that the config needs."""
        return self.registry.framework_of(self.name, self.config)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules under the config."""
        return self.spec.rules_of(self.config)

    def build(self) -> Detector:
        """Return a detector that knows nothing yet."""
        return self.registry.build_detector(self.name, self.config)

    def fit(
        self,
        images: Images,
        *,
        listener: Callable[[EpochReport, Any], None] | None = None,
    ) -> Fitted:
        """Return a new detector fitted as a worker does it."""
        frameworks.load(self.framework, threads=1)
        frameworks.seed_everything(self.framework, SEED)
        with watch(self.framework) as seen:
            detector = self.build()
            detector.fit(images, FitContext(seed=SEED, listener=listener))
        return Fitted(detector, seen)

    def score(self, detector: Detector, images: Images) -> ScoresByRule:
        """Return checked scores."""
        return checked_scores(detector.score(images), self.rules, len(images))

    @functools.cached_property
    def _first(self) -> tuple[Samples, Fitted] | Exception:
        problems: list[Exception] = []
        for shape in SHAPES:
            samples = draw(shape)
            try:
                return samples, self.fit(samples.train)
            except Exception as error:  # noqa: BLE001 - `fits` tells of it, or the check of that shape
                problems.append(error)
        return problems[0]

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
        import numpy as np

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
    def heard(self) -> Examined:
        """A fit like the first one, with somebody who listens and scores."""
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
    import numpy as np

    return float(np.abs(one - other).max(initial=0.0))
