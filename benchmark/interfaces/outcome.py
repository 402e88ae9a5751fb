"""An outcome: what came of a trial, however it ended, as a frozen value."""

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
"""Statuses that a trial keeps; the others are done again by the next run."""

STATUSES = (*FINAL, "failed", "timeout", "killed", "out_of_memory")


def now() -> str:
    """Return the time, as outcomes keep it: ISO 8601, UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat()


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric's value, with its standard error where that is known."""

    value: float
    standard_error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a trial took; None where it did not get that far.

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
    """What a worker needs to find a trial's images, and a board to describe them without having them.

    No part of the trial's id: the fingerprint says which images they are, however they were found.

    Attributes
    ----------
    options : mapping
        Plain values: what the dataset was loaded with.
    variant, footnote : str
        `official`, or the name of a variant, and the sentence that boards put under results on it.
    tasks : tuple of str
        All tasks of the dataset.
    part : str
        The part that the trial's task is in.
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
    """Scores of a set of images under each rule, with the truth about each image.

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
    """What came of a trial.

    Attributes
    ----------
    status : str
        One of `STATUSES`.
    source : str
        Hash of the code that made it, with the scheme it was computed by: `ast1:...`.
    error_type, message, last_lines : str
        What went wrong: the error's class, one sentence, and the end of the traceback or output.
    notes : tuple of str
        What the audit found beside the status.
    baselines : mapping of str to float
        Name -> ROC-AUC of a score that learns nothing: what no detector should fall below.
    metrics : mapping
        Rule -> metric -> Measure, on the set that `trial.judged_on` names.
    curves : tuple of EpochReport
        One for each epoch that the detector reported.
    facts : mapping
        What the detector says of its fitted model.
    provenance : mapping
        Versions and machine.
    uid : str
        Of this attempt, unlike any other's, so that stores can be merged.
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
            raise ValueError(f"an outcome's status is one of {', '.join(STATUSES)}; not {self.status!r}")

    @property
    def judged(self) -> ScoredSet | None:
        """The scored set that the metrics are computed on; None if it was not read, or none is kept."""
        return self.sets.get(self.trial.judged_on)

    def measure(self, rule: str, metric: str) -> Measure | None:
        """Return what a rule is worth by a metric; None where the trial is not `ok` or has no such number."""
        return self.metrics.get(rule, {}).get(metric) if self.status == "ok" else None
