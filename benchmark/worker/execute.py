"""One trial from beginning to end: load, fit, score, audit, measure. Whatever happens becomes an Outcome."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark import frameworks, parameters
from benchmark.audit import checked_scores, degeneracy
from benchmark.interfaces.dataset import Dataset
from benchmark.interfaces.detector import Detector, EpochReport, FitContext
from benchmark.interfaces.errors import BadData, OneSidedLabels, TrainingCollapsed, UnknownName
from benchmark.protocol import Task, as_images, dataset_facts, split, tasks
from benchmark.registry import Registry
from benchmark.trial import Cost, DatasetFacts, Measure, Outcome, ScoredSet, Trial, canonical_json
from benchmark.worker.curves import CurveKeeper

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, IntArray, RawImages

__all__ = ["Executor"]

PART_BYTES = 64 << 20
"""Images are scored in parts of at most this many bytes of float32."""

CURVE_SAMPLE = 500
LAST_LINES = 30
MESSAGE_LENGTH = 2_000


class Executor:
    """Runs trials one after the other in this process, keeping the dataset last used."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._dataset: tuple[str, Dataset] | None = None

    def run(self, trial: Trial, tell: Callable[[EpochReport], None]) -> Outcome:
        """Run a trial; every error the detector or the data can cause is in the outcome, none is raised."""
        attempt = _Attempt(self, trial, tell)
        # Before the plugin's own modules load: an outcome names the files that made it, not later ones.
        source = self.registry.source(trial.detector)
        _reset_peak_memory()
        try:
            attempt.run()
        except TrainingCollapsed as error:
            attempt.result = {"status": "degenerate", **_told(error)}
        except MemoryError as error:
            attempt.result = {"status": "out_of_memory", **_told(error)}
        except Exception as error:  # noqa: BLE001 - a detector may raise anything; it becomes the outcome
            attempt.result = {"status": "failed", **_told(error)}
        return Outcome(
            trial=trial,
            source=source,
            cost=Cost(**attempt.seconds, peak_memory_mib=_peak_memory_mib()),
            curves=tuple(report.to_plain() for report in attempt.reports),
            dataset=attempt.facts,
            provenance=_provenance(trial.framework),
            finished_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            **attempt.result,
        )

    def dataset(self, trial: Trial) -> Dataset:
        """Return the trial's dataset.

        Raises
        ------
        BadData
            If this process finds other images than the coordinator did.
        """
        key = f"{trial.dataset} {canonical_json(trial.dataset_options)}"
        if self._dataset is None or self._dataset[0] != key:
            spec = self.registry.datasets[trial.dataset]
            options = parameters.resolve(spec.config, trial.dataset_options, owner=f"dataset {trial.dataset!r}")
            self._dataset = (key, spec.load(options))
        dataset = self._dataset[1]
        if dataset.fingerprint != trial.fingerprint:
            raise BadData(
                f"this worker's copy of {trial.dataset!r} has the fingerprint {dataset.fingerprint[:16]}, the"
                f" trial was made for {trial.fingerprint[:16]}"
            )
        return dataset


class _Attempt:
    """What is known of a trial so far, so that an outcome keeps it however the trial ends."""

    def __init__(self, executor: Executor, trial: Trial, tell: Callable[[EpochReport], None]) -> None:
        self.executor, self.trial, self.tell = executor, trial, tell
        self.result: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}
        self.facts = DatasetFacts()
        self.reports: list[EpochReport] = []

    def run(self) -> None:
        trial, registry = self.trial, self.executor.registry
        started = time.perf_counter()
        config = registry.config(trial.detector, trial.params)
        dataset = self.executor.dataset(trial)
        self.facts = dataset_facts(dataset)
        task = _task(dataset, trial.task)
        part = dataset.part(task.part)
        halves = split(part, task.normal, share=trial.validation, seed=trial.seed)
        train = as_images(part.train[halves.train])
        every = max(1, -(-len(halves.sample) // CURVE_SAMPLE))
        curves = CurveKeeper(
            trial.rules,
            validation=as_images(part.train[halves.validation]),
            y=halves.validation_y(part, task.normal),
            sample=as_images(part.train[halves.sample[::every]]),
            tell=self.tell,
        )
        self.reports = curves.reports
        frameworks.load(trial.framework, threads=trial.threads)
        frameworks.seed_everything(trial.framework, trial.seed)
        detector = registry.build_detector(trial.detector, config)
        self.seconds["load_seconds"] = time.perf_counter() - started

        context = FitContext(seed=trial.seed, device=trial.device, threads=trial.threads, listener=curves)
        started = time.perf_counter()
        try:
            detector.fit(train, context)
        finally:
            self.seconds["fit_seconds"] = time.perf_counter() - started - curves.seconds
        del train

        score = _Scorer(detector, trial.rules)
        sets = {"train": score(part.train, part.train_kind, task.normal, halves.sample)}
        if len(halves.validation):
            sets["validation"] = score(part.train, part.train_kind, task.normal, halves.validation)
        if not trial.validation_only:
            score.seconds = 0.0
            sets["test"] = score(part.test, part.test_kind, task.normal)
        self.seconds["score_seconds"] = score.seconds
        self.result = {"sets": sets, "facts": _plain_facts(detector), **self._judge(sets[trial.judged_on])}

    def _judge(self, judged: ScoredSet) -> dict[str, Any]:
        """Return status, metrics and notes. The trial is degenerate if its primary rule is."""
        metrics: dict[str, dict[str, Measure]] = {}
        notes = []
        result: dict[str, Any] = {"status": "ok"}
        for index, rule in enumerate(judged.rules):
            scores = judged.of(rule)
            if problem := degeneracy(scores):
                sentence = f"rule {rule!r}: {problem}"
                if index == 0:
                    result |= {"status": "degenerate", "error_type": "DegenerateScores", "message": sentence}
                else:
                    notes.append(sentence)
            else:
                metrics[rule] = self._measure(judged.y, scores, notes)
        return {**result, "metrics": metrics, "notes": tuple(dict.fromkeys(notes))}

    def _measure(self, y: BoolArray, scores: FloatArray, notes: list[str]) -> dict[str, Measure]:
        measured = {}
        for _, spec in self.executor.registry.metrics.all():
            try:
                value, error = spec.compute(y, scores), spec.standard_error(y, scores)
            except OneSidedLabels as problem:
                notes.append(str(problem))
            except Exception as problem:  # noqa: BLE001 - a stranger's metric costs its own number only
                notes.append(f"metric {spec.name!r}: {type(problem).__name__}: {problem}")
            else:
                measured[spec.name] = Measure(float(value), None if error is None else float(error))
        return measured


class _Scorer:
    """Scores raw images in parts, checks the contract, and counts the seconds of the detector alone."""

    def __init__(self, detector: Detector, rules: tuple[str, ...]) -> None:
        self.detector, self.rules = detector, rules
        self.seconds = 0.0

    def __call__(self, raw: RawImages, kind: IntArray, normal: int, chosen: IntArray | None = None) -> ScoredSet:
        n = len(raw) if chosen is None else len(chosen)
        step = max(1, PART_BYTES // (4 * int(np.prod(raw.shape[1:]))))
        parts = []
        for start in range(0, n, step):
            part = slice(start, min(start + step, n))
            images = as_images(raw[part] if chosen is None else raw[chosen[part]])
            started = time.perf_counter()
            returned = self.detector.score(images)
            self.seconds += time.perf_counter() - started
            parts.append(np.stack(list(checked_scores(returned, self.rules, len(images)).values())))
        kinds = np.asarray(kind if chosen is None else kind[chosen], dtype=np.int64)
        return ScoredSet(y=kinds != normal, kinds=kinds, rules=self.rules, scores=np.concatenate(parts, axis=1))


def _task(dataset: Dataset, name: str) -> Task:
    for task in tasks(dataset):
        if task.name == name:
            return task
    raise UnknownName(f"the dataset has no task {name!r}")


def _plain_facts(detector: Detector) -> dict[str, float | str]:
    facts = {name: fact if isinstance(fact, str) else float(fact) for name, fact in detector.facts().items()}
    # JSON has no word for what is not finite.
    return {name: fact if isinstance(fact, str) or np.isfinite(fact) else str(fact) for name, fact in facts.items()}


def _told(error: BaseException) -> dict[str, str]:
    lines = "".join(traceback.format_exception(error)).splitlines()
    return {
        "error_type": type(error).__name__,
        "message": " ".join(str(error).split())[:MESSAGE_LENGTH],
        "last_lines": "\n".join(line[:MESSAGE_LENGTH] for line in lines[-LAST_LINES:]),
    }


def _provenance(framework: str) -> dict[str, Any]:
    return {
        "oneclass-bench": importlib.metadata.version("oneclass-bench"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": frameworks.versions(framework),
    }


def _reset_peak_memory() -> None:
    """Start the count anew where the system can (Linux): a worker runs many trials."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def _peak_memory_mib() -> float:
    if sys.platform == "linux":
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    # macOS counts in bytes, and since the process began.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
