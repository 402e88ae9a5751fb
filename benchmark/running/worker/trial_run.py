"""Runs one trial in a worker: fit, then score. It gets images only; every trial ends with `Scored` or `Failure`."""

from __future__ import annotations

import dataclasses
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from benchmark.interfaces.detector import Detector, EpochReport, FitContext
from benchmark.interfaces.errors import TrainingCollapsed
from benchmark.interfaces.outcome import Cost
from benchmark.registry import Registry, ResolvedDetector
from benchmark.running import frameworks, provenance
from benchmark.running.cpu_time import cpu_seconds, load_average
from benchmark.running.images_file import map_images
from benchmark.running.messages import (
    DetectorRequest,
    Failure,
    FitRequest,
    Fitted,
    LoadRequest,
    Scored,
    ScoreRequest,
    Started,
)
from benchmark.running.split import as_images
from benchmark.running.worker.epochs import EpochReporter
from benchmark.running.worker.memory import peak_memory_mib, reset_peak_memory
from benchmark.running.worker.scorer import Scorer

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray, RawImages

CURVE_SAMPLE = 500
"""How many training images are scored in a measured epoch."""

LAST_LINES = 30
MESSAGE_LENGTH = 2_000


class Channel(Protocol):
    """The connection of a running trial to the engine."""

    def started(self, message: Started) -> None:
        """Report that the framework is loaded; the time of the trial starts now."""

    def epoch(self, report: EpochReport, arrays: dict[str, FloatArray]) -> None:
        """Send a report of an epoch, and scores for its measurements."""

    def fit_ended(self) -> None:
        """Report that `fit` has returned, so that the engine sends the images to score meanwhile."""

    def fitted(self, message: Fitted, arrays: dict[str, FloatArray]) -> tuple[ScoreRequest, int]:
        """Send the scores of the training sample and of the held-out images; return what to score, with its file."""

    def scored(self, message: Scored, arrays: dict[str, FloatArray]) -> None:
        """Send the scores."""

    def failed(self, message: Failure) -> None:
        """Send the error that ended the trial."""


class EngineGone(Exception):
    """The engine has closed the channel, so no one waits for the trial."""


def run_trial(registry: Registry, request: FitRequest, descriptor: int, channel: Channel) -> None:
    """Run a trial; an error of the detector is sent and not raised."""
    trial = _Trial(registry, request.detector, channel)
    trial.end_with_an_answer(lambda: trial.run(request, descriptor))


def score_saved(registry: Registry, request: LoadRequest, descriptor: int, channel: Channel) -> None:
    """Score images with a saved detector; an error of the detector is sent and not raised."""
    trial = _Trial(registry, request.detector, channel)
    trial.end_with_an_answer(lambda: trial.load_and_score(request, descriptor))


class _Trial:
    """A running trial, or a saved detector that scores."""

    def __init__(self, registry: Registry, request: DetectorRequest, channel: Channel) -> None:
        self.registry, self.request, self.channel = registry, request, channel
        self._cost = Cost(load_average=load_average())
        self._since = time.perf_counter()

    def end_with_an_answer(self, run: Callable[[], None]) -> None:
        """Run, and send an error."""
        reset_peak_memory()
        try:
            run()
        except EngineGone:
            raise
        except TrainingCollapsed as error:
            self._fail("degenerate", error)
        except MemoryError as error:
            self._fail("out_of_memory", error)
        except Exception as error:  # noqa: BLE001 - a detector may raise any error; it becomes the outcome
            self._fail("failed", error)

    def load_and_score(self, request: LoadRequest, descriptor: int) -> None:
        """Load a detector and score a few images."""
        (images,) = map_images(descriptor, request.images)
        detector: Any = self._begin().build()
        detector.load(Path(request.folder))
        score = Scorer(self.request.rules, detector.score)
        self.channel.scored(Scored(dtypes=score.dtypes, cost=self._costs()), {"scores": score(images)})

    def _begin(self) -> ResolvedDetector:
        """Load the framework; return the detector, not yet built."""
        # Before the modules of the plugin load, so that the outcome has the hash of the code that computes it.
        resolved = self.registry.resolve_params(self.request.name, self.request.params)
        source = resolved.source
        frameworks.load(self.request.framework, threads=self.request.threads)
        self._since = time.perf_counter()
        origin = provenance.of_worker(
            self.request.framework, requires=resolved.requirements, device=self.request.device
        )
        self.channel.started(Started(origin=origin, source=source))
        return resolved

    def run(self, request: FitRequest, descriptor: int) -> None:
        """Fit, and score what the engine sends then."""
        train, held_out = map_images(descriptor, request.images)
        detector, score = self._fit(request, self._begin(), train, held_out)
        self.channel.fit_ended()
        saved = bool(request.save_to) and _save(detector, Path(request.save_to))
        arrays = {"sample": score(train[: request.sample])}
        if len(held_out):
            arrays["held_out"] = score(held_out)
        del train, held_out

        answer, descriptor = self.channel.fitted(Fitted(cost=self._costs(), saved=saved), arrays)
        (images,) = map_images(descriptor, answer.images)
        score.seconds = score.cpu_seconds = 0.0  # only the time for the set that metrics are computed on
        scores = score(images)
        self._set_cost(score_seconds=score.seconds, score_cpu_seconds=score.cpu_seconds)
        # The audit: not part of the detector's measured time.
        chosen = images[np.array(answer.again, dtype=np.int64)]
        arrays = {"scores": scores, "again": score.in_other_batches(chosen), "nudged": score.nudged(chosen)}
        facts, notes = _facts(detector)
        self.channel.scored(Scored(dtypes=score.dtypes, cost=self._costs(), facts=facts, notes=tuple(notes)), arrays)

    def _fit(
        self, request: FitRequest, resolved: ResolvedDetector, train: RawImages, held_out: RawImages
    ) -> tuple[Detector, Scorer]:
        started = time.perf_counter()
        images = as_images(train)
        frameworks.seed_everything(self.request.framework, request.seed)
        detector = resolved.build()
        self._set_cost(load_seconds=time.perf_counter() - started)

        sample = train[: min(request.sample, CURVE_SAMPLE)]

        def score_images(score: Callable[..., Any]) -> dict[str, FloatArray]:
            scorer = Scorer(self.request.rules, score)
            return {"held_out": scorer(held_out), "sample": scorer(sample)} if len(held_out) else {}

        reporter = EpochReporter(score_images, self.channel.epoch)
        context = FitContext(
            seed=request.seed, device=self.request.device, threads=self.request.threads, listener=reporter.listener()
        )
        started, cpu = time.perf_counter(), cpu_seconds()
        try:
            detector.fit(images, context)
        finally:
            reporter.closed = True
            self._set_cost(
                fit_seconds=time.perf_counter() - started - reporter.seconds,
                fit_cpu_seconds=cpu_seconds() - cpu - reporter.cpu_seconds,
            )
        return detector, Scorer(self.request.rules, detector.score)

    def _fail(self, status: str, error: BaseException) -> None:
        """Send an error."""
        lines = "".join(traceback.format_exception(error)).splitlines()
        self.channel.failed(
            Failure(
                status=status,
                error_type=type(error).__name__,
                message=_text(" ".join(str(error).split())[:MESSAGE_LENGTH]),
                last_lines=_text("\n".join(line[:MESSAGE_LENGTH] for line in lines[-LAST_LINES:])),
                cost=self._costs(),
            )
        )

    def _set_cost(self, **fields: Any) -> None:
        self._cost = dataclasses.replace(self._cost, **fields)

    def _costs(self) -> Cost:
        """Return the cost so far."""
        return dataclasses.replace(
            self._cost, wall_seconds=time.perf_counter() - self._since, peak_memory_mib=peak_memory_mib()
        )


def _save(detector: Any, folder: Path) -> bool:
    """Save a detector if it has the optional methods; return whether it has."""
    if not (hasattr(detector, "save") and hasattr(detector, "load")):
        return False
    detector.save(folder)
    return True


def _facts(detector: Detector) -> tuple[dict[str, float | str], list[str]]:
    """Return the facts of the detector as plain values, and a note if a fact cannot be stored."""
    facts: dict[str, float | str] = {}
    try:
        for name, fact in detector.facts().items():
            # JSON has neither non-finite numbers nor half a surrogate pair.
            facts[_text(name)] = float(fact) if not isinstance(fact, str) and np.isfinite(fact) else _text(fact)
    except Exception as problem:  # noqa: BLE001 - a wrong fact must not fail a finished trial
        return facts, [_text(f"facts: {type(problem).__name__}: {problem}")]
    return facts, []


def _text(value: object) -> str:
    """Return the text of a value, with characters that UTF-8 lacks escaped."""
    return str(value).encode(errors="backslashreplace").decode()
