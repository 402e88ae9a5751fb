"""The detector that the checks test, built and fitted as in a worker; checks that do not change it share one fit."""

from __future__ import annotations

import functools
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.conformance.check import Failed, Skipped
from benchmark.conformance.images import Samples, Shape, draw
from benchmark.conformance.spies import Activity, scramble, watch
from benchmark.interfaces.detector import Detector, EpochReport, FitContext
from benchmark.registry import Registry, ResolvedDetector
from benchmark.running import frameworks
from benchmark.running.asked_again import LAST_BITS
from benchmark.running.audit import checked_scores
from benchmark.running.split import as_images

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import Images, RawImages, Scores

    ScoresByRule = Mapping[str, Scores]

SEED = 0
FEW_IMAGES = 6
STEADY_SHARE = 0.01
STEP_SHARE = 2.0**-22
MIN_STEP = 1e-12
SHAPES: tuple[Shape, ...] = ((12, 12, 1), (28, 28, 1), (32, 32, 3))
"""Shapes of the images; the first that the detector accepts is used."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted detector, and what it did while it was built and fitted."""

    detector: Detector
    activity: Activity


@dataclass(frozen=True, slots=True)
class ScoredFit:
    """A fit, its scores of the probe, and those during the fit: one item for each epoch that passed `score`."""

    fitted: Fitted
    scores: ScoresByRule
    epochs: tuple[ScoresByRule, ...] = ()


@dataclass(frozen=True, slots=True)
class FreshFit:
    """A second fit with the same seed, what it scored, and where it was saved.

    Attributes
    ----------
    alone : mapping of str to ndarray of float64, shape (k,)
        Scores of the first images that it scored: the last `k` of the mixture.
    mixture : mapping of str to ndarray of float64, shape (n,)
        Scores of the whole mixture, after them.
    folder : Path or None
        Where it was saved before it had scored any image; None if it has no `save` and `load`.
    save_error : Exception or None
        What `save` raised.
    """

    detector: Detector
    alone: ScoresByRule
    mixture: ScoresByRule
    folder: Path | None
    save_error: Exception | None


class DetectorSubject:
    """The detector that the checks test; without a preset, `smoke` is used if there is one, else `fast`.

    Attributes
    ----------
    probe : ndarray of float32, shape (n, h, w, c)
        The images whose scores the checks compare: 40 normal and 8 anomalous ones.
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
        """Return a new detector, built and fitted as in a worker."""
        frameworks.load(self.framework, threads=1)
        frameworks.seed_everything(self.framework, SEED)
        with watch(self.framework) as activity:
            detector = self.resolved.build()
            detector.fit(images, FitContext(seed=SEED, listener=listener))
        return Fitted(detector, activity)

    def score(self, detector: Detector, images: Images) -> ScoresByRule:
        """Return the scores of images by rule, checked as in a worker."""
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
        """Return the samples and the first fit, or raise the error of this fit."""
        if isinstance(self._first, Exception):
            raise self._first
        return self._first

    @property
    def samples(self) -> Samples:
        """The images, of a shape that the detector accepts."""
        if isinstance(self._first, Exception):
            raise Skipped("it cannot be fitted")
        return self._first[0]

    @property
    def fitted(self) -> Fitted:
        """The first fit; no check may change it."""
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
    def mixture(self) -> RawImages:
        """Normal and anomalous images in random order, as many of each: uint8, shape (n, h, w, c)."""
        images = np.concatenate([self.samples.normal, self.samples.anomalous])
        shuffled = images[np.random.RandomState(2).permutation(len(images))]
        raw: RawImages = np.rint(shuffled * 255).astype(np.uint8)
        return raw

    @functools.cached_property
    def reference(self) -> ScoresByRule:
        """The scores of the probe by the first fit."""
        detector = self.fitted.detector
        try:
            return self.score(detector, self.probe)
        except Exception as error:
            raise Skipped("it cannot score") from error

    @functools.cached_property
    def other(self) -> ScoredFit:
        """A fit on other images, with the same seed."""
        self.reference  # noqa: B018 - computed before a later fit, which could change shared state
        fitted = self.fit(self.samples.other)
        return ScoredFit(fitted, self.score(fitted.detector, self.probe))

    @functools.cached_property
    def scored_each_epoch(self) -> ScoredFit:
        """A fit on the same images as the first one, in which the mixture and the probe are scored in each epoch."""
        self.reference  # noqa: B018 - as above
        epochs: list[ScoresByRule] = []
        mixture = as_images(self.mixture)

        def listen(report: EpochReport, score: Callable[[Images], ScoresByRule] | None) -> None:  # noqa: ARG001
            if score is not None:
                score(mixture)
                epochs.append(score(self.probe))

        fitted = self.fit(self.samples.train, listener=listen)
        return ScoredFit(fitted, self.score(fitted.detector, self.probe), tuple(epochs))

    @functools.cached_property
    def fresh(self) -> FreshFit:
        """A second fit with the same seed, after the state of the generators was changed."""
        self.reference  # noqa: B018 - as above
        scramble(self.framework)
        detector: Any = self.fit(self.samples.train).detector
        folder, error = None, None
        if hasattr(detector, "save") and hasattr(detector, "load"):
            folder = Path(tempfile.mkdtemp())
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            try:
                detector.save(folder)
            except Exception as raised:  # noqa: BLE001 - `save_and_load` reports it
                error = raised
        alone = self.score(detector, as_images(self.mixture[-FEW_IMAGES:]))
        return FreshFit(detector, alone, self.score(detector, as_images(self.mixture)), folder, error)

    def compare(self, scores: ScoresByRule, what: str, *, reference: ScoresByRule | None = None) -> None:
        """Raise Failed if scores differ from others of the same images.

        Parameters
        ----------
        scores : mapping of str to ndarray of float64, shape (n,)
            Scores by rule.
        what : str
            The possible cause of a difference, for the message.
        reference : mapping, optional
            The others; default: the scores of the probe by the first fit.
        """
        expected = self.reference if reference is None else reference
        for rule in self.rules:
            difference = np.abs(expected[rule] - scores[rule])
            allowed = tolerance(self.reference[rule])
            # A large score may differ in its last digits by more than that.
            if not (difference <= np.maximum(allowed, LAST_BITS * np.abs(expected[rule]))).all():
                raise Failed(
                    f"rule {rule!r}: {what} changes a score by {difference.max():.3g}; at most {allowed:.3g} is allowed"
                    " (1 % of the interquartile range)"
                )


def tolerance(all_scores: Scores) -> float:
    """Return the largest allowed difference of two scores of an image: 1 % of the interquartile range of all scores."""
    low, high = np.quantile(all_scores, [0.25, 0.75])
    # If half the scores are equal the range is 0; rounding-level differences are still allowed.
    return max(STEADY_SHARE * float(high - low), STEP_SHARE * float(np.median(np.abs(all_scores))), MIN_STEP)


def largest_difference(one: Scores, other: Scores) -> float:
    """Return the largest absolute difference of two arrays of scores; not finite if one of them has such a score."""
    return float(np.abs(one - other).max(initial=0.0))
