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
    """The value of a metric, and its standard error; None if it is unknown."""

    value: float
    standard_error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of a trial; None for steps that it did not reach.

    Only the detector's own work is in `fit_seconds` and `score_seconds`: the fit of `train_images`, and the scoring of
    `scored_images`. `wall_seconds` is the whole trial in the worker, up to `Outcome.finished_at`: loading, and the
    harness's measuring and auditing, included. `peak_memory_mib` is the worker's highest resident memory meanwhile.
    """

    load_seconds: float | None = None
    fit_seconds: float | None = None
    score_seconds: float | None = None
    wall_seconds: float | None = None
    peak_memory_mib: float | None = None
    train_images: int | None = None
    scored_images: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """The facts that a worker needs to load the images of a trial, and a board to describe them.

    They are not part of the trial's id: the fingerprint identifies the images.

    Attributes
    ----------
    options : mapping
        The options of the dataset, as plain values.
    variant, footnote : str
        `official` or the name of a variant, and the sentence that boards show below results on it.
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
        The rules, in the spec's order.
    scores : ndarray of float64, shape (rules, n)
        Higher = more anomalous.
    """

    y: BoolArray
    labels: IntArray
    rules: tuple[str, ...]
    scores: FloatArray

    def of(self, rule: str) -> Scores:
        """Return the scores of one rule, shape (n,)."""
        scores: Scores = self.scores[self.rules.index(rule)]
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a trial.

    Attributes
    ----------
    status : str
        One of `STATUSES`.
    source : str
        Hash of the detector's code, with the format of the hash: `ast1:...`.
    error_type, message, last_lines : str
        If it failed: the class of the error, one sentence, and the end of the traceback or output.
    notes : tuple of str
        Notes of the audit.
    baselines : mapping of str to float
        Name -> ROC-AUC of a score that learns nothing, which every detector should exceed.
    metrics : mapping
        Rule -> metric -> Measure, on the set that `trial.judged_on` names.
    curves : tuple of EpochReport
        A report for each epoch.
    facts : mapping
        The facts that the detector reports about its fitted model.
    provenance : mapping
        Versions and machine.
    uid : str
        Unique for each attempt, so that stores can be merged.
    finished_at : str
        ISO 8601, UTC.
    sets : mapping of str to ScoredSet
        `test` (in dataset order), `validation` (held out), `train` (a sample); empty if not read.
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
        """Return the value of a metric for a rule; None if the trial is not `ok` or has no such value."""
        return self.metrics.get(rule, {}).get(metric) if self.status == "ok" else None
