"""Runs one trial: load, fit, score, audit, measure. Every trial ends with an Outcome, also after an error."""

from __future__ import annotations

import contextlib
import dataclasses
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.interfaces.dataset import Dataset, LabelledImages
from benchmark.interfaces.detector import Detector, EpochReport, FitContext
from benchmark.interfaces.errors import BadData, TrainingCollapsed
from benchmark.interfaces.outcome import Measure, Outcome, ScoredSet, now
from benchmark.interfaces.trial import canonical_json
from benchmark.metrics.compute import compute_metrics
from benchmark.registry import Registry, parameters
from benchmark.running import frameworks, provenance
from benchmark.running.audit import auc_notes, checked_scores, copied, degeneracy, unsteadiness
from benchmark.running.baselines import Baselines
from benchmark.running.job import Job
from benchmark.running.split import as_images, split
from benchmark.running.worker.curves import CurveKeeper

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray, IntArray, RawImages

PART_BYTES = 64 << 20
"""Images are scored in parts of at most this many bytes of float32."""

CURVE_SAMPLE = 500
REPEATED_IMAGES = 256
"""At most this many images are scored again for the audit."""

LAST_LINES = 30
MESSAGE_LENGTH = 2_000


class Executor:
    """Runs jobs one after the other in this process, keeping the dataset last used."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._dataset: tuple[str, Dataset] | None = None
        self._baselines: tuple[tuple[str, str], Baselines] | None = None

    def run(self, job: Job, report_epoch: Callable[[EpochReport], None]) -> Outcome:
        """Run a job; an error of the detector or the data is in the outcome and is not raised."""
        attempt, started = _Attempt(self, job, report_epoch), time.perf_counter()
        _reset_peak_memory()
        try:
            attempt.run()
        except TrainingCollapsed as error:
            attempt.fail("degenerate", error)
        except MemoryError as error:
            attempt.fail("out_of_memory", error)
        except Exception as error:  # noqa: BLE001 - a detector may raise any error; it becomes the outcome
            attempt.fail("failed", error)
        attempt.set_cost(wall_seconds=time.perf_counter() - started, peak_memory_mib=_peak_memory_mib())
        return dataclasses.replace(
            attempt.outcome,
            curves=tuple(attempt.reports),
            provenance={**job.origin, **provenance.of_worker(job.trial.framework)},
            finished_at=now(),
        )

    def dataset(self, job: Job) -> Dataset:
        """Return the job's dataset.

        Raises
        ------
        BadData
            If the images of this process differ from those of the coordinator.
        """
        name, required = job.trial.dataset, job.trial.fingerprint
        key = f"{name} {canonical_json(job.task.options)}"
        if self._dataset is None or self._dataset[0] != key:
            spec = self.registry.datasets[name]
            options = parameters.resolve(spec.config, job.task.options, owner=f"dataset {name!r}")
            self._dataset = (key, spec.load(options))
        dataset = self._dataset[1]
        if dataset.fingerprint != required:
            raise BadData(
                f"this worker's copy of {name!r} has the fingerprint {dataset.fingerprint[:16]}, but the"
                f" trial requires {required[:16]}"
            )
        return dataset

    def baselines(self, job: Job, part: LabelledImages) -> Baselines:
        """Return the baselines of a part's test images: the same for every task of the part."""
        key = (job.trial.fingerprint, job.task.part)
        if self._baselines is None or self._baselines[0] != key:
            self._baselines = (key, Baselines(part.test))
        return self._baselines[1]


class _Attempt:
    """The outcome of a running job, filled step by step; after an error it has the results of the earlier steps."""

    def __init__(self, executor: Executor, job: Job, report_epoch: Callable[[EpochReport], None]) -> None:
        self.executor, self.job, self.report_epoch = executor, job, report_epoch
        self.outcome = Outcome(trial=job.trial, task=job.task, status="failed", source=job.source)
        self.reports: list[EpochReport] = []

    def set_fields(self, **fields: Any) -> None:
        """Set fields of the outcome."""
        self.outcome = dataclasses.replace(self.outcome, **fields)

    def set_cost(self, **fields: Any) -> None:
        """Set fields of the outcome's cost."""
        self.set_fields(cost=dataclasses.replace(self.outcome.cost, **fields))

    def fail(self, status: str, error: BaseException) -> None:
        """Set the status and the error."""
        lines = "".join(traceback.format_exception(error)).splitlines()
        self.set_fields(
            status=status,
            error_type=type(error).__name__,
            message=_text(" ".join(str(error).split())[:MESSAGE_LENGTH]),
            last_lines=_text("\n".join(line[:MESSAGE_LENGTH] for line in lines[-LAST_LINES:])),
        )

    def run(self) -> None:
        trial, normal_class = self.job.trial, self.job.task.normal_class
        registry = self.executor.registry
        # Before the modules of the plugin load, so that the outcome has the hash of the code that computes it.
        resolved = registry.resolve(trial.detector, trial.params)
        self.set_fields(source=resolved.source)
        started = time.perf_counter()
        part = self.executor.dataset(self.job).part(self.job.task.part)
        indices = split(part, normal_class, share=trial.validation, seed=trial.seed)
        train = as_images(part.train[indices.train])
        self.set_cost(train_images=len(train))
        mean = float(train.mean()) * np.iinfo(part.train.dtype).max
        step = max(1, -(-len(indices.sample) // CURVE_SAMPLE))
        curves = CurveKeeper(
            trial.rules,
            validation=as_images(part.train[indices.validation]),
            y=indices.validation_y(part, normal_class),
            sample=as_images(part.train[indices.sample[::step]]),
            report_epoch=self.report_epoch,
        )
        self.reports = curves.reports
        frameworks.load(trial.framework, threads=trial.threads)
        frameworks.seed_everything(trial.framework, trial.seed)
        detector = resolved.build()
        self.set_cost(load_seconds=time.perf_counter() - started)

        context = FitContext(seed=trial.seed, device=trial.device, threads=trial.threads, listener=curves)
        started = time.perf_counter()
        try:
            detector.fit(train, context)
        finally:
            curves.closed = True
            self.set_cost(fit_seconds=time.perf_counter() - started - curves.seconds)
        del train

        score = _Scorer(detector, trial.rules)
        sets = {"train": score(part.train, part.train_labels, normal_class, indices.sample)}
        score.seconds = 0.0  # only the time for the set that metrics are computed on
        if len(indices.validation):
            sets["validation"] = score(part.train, part.train_labels, normal_class, indices.validation)
        if not trial.validation_only:
            score.seconds = 0.0
            sets["test"] = score(part.test, part.test_labels, normal_class)
        self.set_cost(score_seconds=score.seconds, scored_images=len(sets[trial.judged_on].y))
        # Audit and metrics: not part of the detector's measured time.
        if trial.validation_only:
            measured, baselines = sets["validation"], Baselines(part.train[indices.validation])
            again = self._score_again(score, part.train, part.train_labels, indices.validation)
        else:
            measured, baselines = sets["test"], self.executor.baselines(self.job, part)
            again = self._score_again(score, part.test, part.test_labels, np.arange(len(part.test)))
        notes: list[str] = []
        self.set_fields(baselines=baselines.roc_auc(measured.y, mean))
        self._audit_and_measure(measured, sets["train"], again, notes)
        facts = _facts(detector, notes)
        self.set_fields(sets=sets, facts=facts, notes=tuple(dict.fromkeys(map(_text, notes))))

    def _score_again(
        self, score: _Scorer, raw: RawImages, labels: IntArray, places: IntArray
    ) -> tuple[IntArray, FloatArray]:
        """Score some images again, in another order and in other batches.

        Returns
        -------
        chosen : ndarray of int64, shape (k,)
            Indices of the images.
        scores : ndarray of float64, shape (rules, k)
        """
        chosen = np.random.RandomState(self.job.trial.seed).permutation(len(places))[:REPEATED_IMAGES]
        batches = np.array_split(chosen, [len(chosen) // 7])
        parts = [score(raw, labels, self.job.task.normal_class, places[one]).scores for one in batches if len(one)]
        return chosen, np.concatenate(parts, axis=1)

    def _audit_and_measure(
        self,
        measured: ScoredSet,
        train: ScoredSet,
        again: tuple[IntArray, FloatArray],
        notes: list[str],
    ) -> None:
        """Store status and metrics. The trial is degenerate if its primary rule is."""
        metrics: dict[str, dict[str, Measure]] = {}
        self.set_fields(status="ok")
        chosen, second = again
        for index, rule in enumerate(measured.rules):
            scores = measured.of(rule)
            problem = (
                degeneracy(scores, measured.y)
                or unsteadiness(scores[chosen], second[index], scores)
                or copied(train.of(rule), scores)
            )
            if problem:
                message = f"rule {rule!r}: {problem}"
                if index == 0:
                    self.set_fields(status="degenerate", error_type="DegenerateScores", message=_text(message))
                else:
                    notes.append(message)
                continue
            available = self.executor.registry.metrics
            metrics[rule], problems = compute_metrics(available, available.names(), measured.y, scores)
            notes += problems.values()
            if index == 0 and "roc_auc" in metrics[rule]:
                notes += auc_notes(metrics[rule]["roc_auc"], self.outcome.baselines)
        self.set_fields(metrics=metrics)


class _Scorer:
    """Scores raw images in parts, checks the contract, and measures the seconds in the detector."""

    def __init__(self, detector: Detector, rules: tuple[str, ...]) -> None:
        self.detector, self.rules = detector, rules
        self.seconds = 0.0

    def __call__(
        self, raw: RawImages, labels: IntArray, normal_class: int, chosen: IntArray | None = None
    ) -> ScoredSet:
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
        labels = np.asarray(labels if chosen is None else labels[chosen], dtype=np.int64)
        return ScoredSet(
            y=labels != normal_class, labels=labels, rules=self.rules, scores=np.concatenate(parts, axis=1)
        )


def _facts(detector: Detector, notes: list[str]) -> dict[str, float | str]:
    """Return the facts of the detector as plain values; a fact that cannot be stored becomes a note."""
    facts: dict[str, float | str] = {}
    try:
        for name, fact in detector.facts().items():
            # JSON has neither non-finite numbers nor half a surrogate pair.
            facts[_text(name)] = float(fact) if not isinstance(fact, str) and np.isfinite(fact) else _text(fact)
    except Exception as problem:  # noqa: BLE001 - a wrong fact must not fail a finished trial
        notes.append(f"facts: {type(problem).__name__}: {problem}")
    return facts


def _text(value: object) -> str:
    """Return the text of a value, with characters that UTF-8 lacks escaped."""
    return str(value).encode(errors="backslashreplace").decode()


def _reset_peak_memory() -> None:
    """Reset the peak of the resident memory where the system can (Linux, unless a sandbox forbids it)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_memory_mib() -> float:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    # The peak since the process started; in bytes on macOS, in KiB elsewhere.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
