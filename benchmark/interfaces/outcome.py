"""An outcome: the result of a trial, of any status, as a frozen value."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.trial import Trial

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, IntArray, Scores

__all__ = ["FINAL", "STATUSES", "Cost", "Measure", "Outcome", "ScoredSet", "TaskFacts", "now"]

FINAL = ("ok", "degenerate")
"""Statuses that are final; trials with other statuses are run again by the next run."""

STATUSES = (*FINAL, "failed", "timeout", "killed", "out_of_memory")


def now() -> str:
    """Return the time in the format of outcomes: ISO 8601, UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat()


@dataclass(frozen=True, slots=True)
class Measure:
    """The value of a metric.

    Attributes
    ----------
    standard_error : float or None
        For another sample of test images of the same classes; None if it is unknown.
    class_error : float or None
        The standard error for other classes of anomalies, if these are a sample of classes; None if it is unknown.
    classes : int or None
        The number of anomalous classes that `class_error` is computed from.
    version : str
        The version of the metric.
    """

    value: float
    standard_error: float | None = None
    class_error: float | None = None
    classes: int | None = None
    version: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of a trial; None for steps that it did not reach.

    Attributes
    ----------
    load_seconds : float or None
        Time to convert the training images and to build the detector; the framework is loaded before.
    fit_seconds : float or None
        Time of `fit` on the `train_images`, without the harness's measurements on validation images.
    score_seconds : float or None
        Time of `score` on the `scored_images`.
    fit_cpu_seconds, score_cpu_seconds : float or None
        Processor time of the same steps: of all threads of the worker, and of its child processes that have finished.
        Unlike wall time it does not grow while the worker waits for a core. None in outcomes of older versions.
    wall_seconds : float or None
        Time of the whole trial in the worker, from the loaded framework to the last score.
    peak_memory_mib : float or None
        The highest resident memory of the worker during the trial, in MiB.
    train_images, scored_images : int or None
        The number of images in the fit, and in the set that the metrics are computed on.
    load_average : float or None
        How many threads of the whole machine were running or waiting for a core during the minute before the trial
        started. None where the system has no such number, and in outcomes of older versions.
    """

    load_seconds: float | None = None
    fit_seconds: float | None = None
    score_seconds: float | None = None
    wall_seconds: float | None = None
    peak_memory_mib: float | None = None
    train_images: int | None = None
    scored_images: int | None = None
    fit_cpu_seconds: float | None = None
    score_cpu_seconds: float | None = None
    load_average: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """The facts that a worker needs to load the images of a trial, and a board to describe them.

    They are not part of the trial's id: the fingerprint identifies the images.

    Attributes
    ----------
    options : mapping
        The options of the dataset, as plain values.
    variant, footnote : str
        Those of the dataset: `official` or the name of another variant, and the sentence that boards show below results
        on it.
    tasks : tuple of str
        All tasks of the dataset.
    part : str
        The part of the dataset to which the task belongs.
    classes : tuple of str
        The classes of that part.
    normal_class : int
        Index of the normal class.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    footnote: str = ""
    tasks: tuple[str, ...] = ()
    part: str = ""
    classes: tuple[str, ...] = ()
    normal_class: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSet:
    """Scores of a set of images for each rule, with the label of each image.

    Attributes
    ----------
    y : ndarray of bool, shape (n,)
        True = anomalous.
    labels : ndarray of int64, shape (n,)
        Index into the classes of the task's part.
    rules : tuple of str
        The rules, in the order of the spec.
    scores : ndarray of float64, shape (rules, n)
        Higher = more anomalous.
    """

    y: BoolArray
    labels: IntArray
    rules: tuple[str, ...]
    scores: FloatArray

    def of(self, rule: str) -> Scores:
        """Return the scores of one rule, shape (n,).

        Raises
        ------
        ValueError
            If there is no such rule.
        """
        scores: Scores = self.scores[self.rules.index(rule)]
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a trial.

    Attributes
    ----------
    trial : Trial
        Its definition.
    status : str
        One of `STATUSES`.
    source : str
        Hash of the detector's code, with the format of the hash: `ast1:...`.
    error_type, message, last_lines : str
        If it failed: the class of the error, one sentence, and the end of the traceback or output.
    notes : tuple of str
        Remarks of the audit, one sentence each.
    baselines : mapping of str to float
        Name -> ROC-AUC of a score that learns nothing, which every detector should exceed.
    metrics : mapping
        Rule -> metric -> Measure, computed on the set that `trial.judged_on` names.
    curves : tuple of EpochReport
        A report for each epoch.
    facts : mapping of str to (float or str)
        The facts that the detector reports about its fitted model.
    cost : Cost
        Seconds, memory and numbers of images.
    task : TaskFacts
        The dataset and the classes of the task.
    provenance : mapping
        The versions of Python and of packages, the machine, and what its arithmetic depends on: instruction sets,
        environment variables, BLAS.
    uid : str
        Unique for each attempt, so that stores can be merged.
    finished_at : str
        The end of the trial, ISO 8601, UTC.
    sets : mapping of str to ScoredSet
        Name -> scores: `test` (in dataset order), `validation` (the validation images), `train` (a sample of the
        training images). Empty if the scores were not read from the store.

    Raises
    ------
    ValueError
        If the status is not one of `STATUSES`.
    """

    trial: Trial
    status: str
    source: str
    error_type: str = ""
    message: str = ""
    last_lines: str = ""
    notes: tuple[str, ...] = ()
    baselines: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Measure]] = field(default_factory=dict)
    curves: tuple[EpochReport, ...] = ()
    facts: Mapping[str, float | str] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)
    task: TaskFacts = field(default_factory=TaskFacts)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    uid: str = field(default_factory=lambda: uuid.uuid4().hex)
    finished_at: str = field(default_factory=now)
    sets: Mapping[str, ScoredSet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"an outcome's status must be one of {', '.join(STATUSES)}; not {self.status!r}")

    @property
    def judged(self) -> ScoredSet | None:
        """The scores that the metrics are computed on; None if they were not read or not stored."""
        return self.sets.get(self.trial.judged_on)

    def measure(self, rule: str, metric: str) -> Measure | None:
        """Return the value of a metric for a rule; None if the status is not `ok` or there is no such value."""
        return self.metrics.get(rule, {}).get(metric) if self.status == "ok" else None
