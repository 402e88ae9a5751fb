"""Trial and Outcome: what was asked and what came of it, as frozen values with a plain form for wires and stores."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import io
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

    from benchmark.interfaces.arrays import BoolArray, FloatArray, IntArray, Scores

__all__ = [
    "FINAL",
    "STATUSES",
    "Cost",
    "Job",
    "Measure",
    "Outcome",
    "ScoredSet",
    "TaskFacts",
    "Trial",
    "canonical_json",
    "pack_arrays",
    "unpack_arrays",
]

FINAL = ("ok", "degenerate")
"""Statuses that a trial keeps; the others are done again by the next run."""

STATUSES = (*FINAL, "failed", "timeout", "killed", "out_of_memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One detector with one set of parameters on one task with one seed; every field is hashed into the id.

    Attributes
    ----------
    params : mapping
        Plain values, resolved: every field of the config is there.
    rules : tuple of str
        What `score` will return under these parameters; the first is the primary one.
    fingerprint : str
        Of the dataset's arrays, as the coordinator loaded them.
    task : str
        The task within the dataset: a normal class, such as `3` or `t_shirt`.
    validation : float
        Share of the class's training images that is held out.
    validation_only : bool
        Judged on the held-out images; no test image is seen.
    semantics : int
        `protocol.SEMANTICS` at the time.
    """

    detector: str
    detector_version: str
    framework: str
    params: Mapping[str, Any]
    rules: tuple[str, ...]
    dataset: str
    fingerprint: str
    task: str
    seed: int
    validation: float
    validation_only: bool
    threads: int
    device: str
    semantics: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(self.rules))  # JSON has lists alone

    @property
    def id(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(canonical_json(self.to_plain()).encode()).hexdigest()

    @property
    def judged_on(self) -> str:
        """The scored set that the metrics are computed on."""
        return "validation" if self.validation_only else "test"

    def to_plain(self) -> dict[str, Any]:
        """Return plain values; `Trial(**plain)` gives the trial back."""
        return {name: getattr(self, name) for name in self.__slots__}  # a board asks it of thousands

    def __str__(self) -> str:
        return f"{self.detector} {self.dataset}/{self.task} seed {self.seed}"


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
    """What a worker needs to find a trial's images, and a board to speak of them without having them.

    No part of the trial's id: the fingerprint says which images they are, however they were found.

    Attributes
    ----------
    options : mapping
        Plain values: what the dataset was loaded with.
    label, footnote : str
        `official`, or the name of a variant, and the sentence that goes with it.
    tasks : tuple of str
        All tasks of the dataset.
    part : str
        The part that the trial's task is in.
    kinds : tuple of str
        The kinds of that part.
    normal : int
        Index of the normal kind.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    footnote: str = ""
    tasks: tuple[str, ...] = ()
    part: str = ""
    kinds: tuple[str, ...] = ()
    normal: int = 0

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> TaskFacts:
        """Return the facts that `dataclasses.asdict` took apart, be it by way of JSON."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()
        }
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A trial on its way to a worker.

    Attributes
    ----------
    source : str
        SHA-256 of the plugin's source, of its encoder's too, as the coordinator sees it.
    gpu : int or None
        Which GPU of the machine; the trial itself knows only that it is one.
    origin : mapping
        Provenance that the coordinator knows: command, revision, versions.
    """

    trial: Trial
    task: TaskFacts
    source: str
    gpu: int | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """Return plain values for `Job.from_plain`."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {**values, "trial": self.trial.to_plain(), "task": dataclasses.asdict(self.task)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Job:
        """Return the job that `to_plain` took apart."""
        return cls(**{**plain, "trial": Trial(**plain["trial"]), "task": TaskFacts.from_plain(plain["task"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSet:
    """Scores of a set of images under each rule, with the truth about each image.

    Attributes
    ----------
    y : ndarray of bool, shape (n,)
        True = anomalous.
    kinds : ndarray of int64, shape (n,)
        Index into the kinds of the task's part.
    rules : tuple of str
        The rules, in the spec's order.
    scores : ndarray of float64, shape (rules, n)
        Higher = more anomalous.
    """

    y: BoolArray
    kinds: IntArray
    rules: tuple[str, ...]
    scores: FloatArray

    def of(self, rule: str) -> Scores:
        """Return the scores of one rule."""
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
        SHA-256 of the plugin's source that made it.
    error_type, message, last_lines : str
        What went wrong: the error's class, one sentence, and the end of the traceback or output.
    notes : tuple of str
        What the audit found beside the status.
    canaries : mapping of str to float
        Name -> ROC-AUC of what no detector should fall below.
    metrics : mapping
        Rule -> metric -> Measure, on the set that `trial.judged_on` names.
    curves : tuple of mapping
        One for each epoch: number, of, losses, measures, validation.
    facts : mapping
        What the detector tells of its fitted model.
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
    canaries: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Measure]] = field(default_factory=dict)
    curves: tuple[Mapping[str, Any], ...] = ()
    facts: Mapping[str, float | str] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)
    task: TaskFacts = field(default_factory=TaskFacts)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    uid: str = field(default_factory=lambda: uuid.uuid4().hex)
    finished_at: str = field(default_factory=lambda: datetime.datetime.now(datetime.UTC).isoformat())
    sets: Mapping[str, ScoredSet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"an outcome's status is one of {', '.join(STATUSES)}; not {self.status!r}")

    @property
    def final(self) -> bool:
        """Whether the next run leaves the trial alone."""
        return self.status in FINAL

    @property
    def judged(self) -> ScoredSet | None:
        """The scored set that the metrics are computed on; None if it was not read, or none is kept."""
        return self.sets.get(self.trial.judged_on)

    def to_plain(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
        """Return everything but the scores as plain values, and the scores as named arrays."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        values["trial"] = self.trial.to_plain()
        values["metrics"] = {
            rule: {name: [m.value, m.standard_error] for name, m in measures.items()}
            for rule, measures in self.metrics.items()
        }
        values["cost"] = dataclasses.asdict(self.cost)
        values["task"] = dataclasses.asdict(self.task)
        values["sets"] = {name: list(scored.rules) for name, scored in self.sets.items()}
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name, scored in self.sets.items():
            arrays |= {f"{name}.y": scored.y, f"{name}.kinds": scored.kinds, f"{name}.scores": scored.scores}
        return values, arrays

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Outcome:
        """Return the outcome that `to_plain` took apart; without `arrays` it has no scores."""
        values = dict(plain)
        values["trial"] = Trial(**plain["trial"])
        values["metrics"] = {
            rule: {name: Measure(*pair) for name, pair in measures.items()}
            for rule, measures in plain["metrics"].items()
        }
        values["cost"] = Cost(**plain["cost"])
        values["task"] = TaskFacts.from_plain(plain["task"])
        values["notes"], values["curves"] = tuple(plain["notes"]), tuple(plain["curves"])
        values["sets"] = {
            name: ScoredSet(
                y=arrays[f"{name}.y"],
                kinds=arrays[f"{name}.kinds"],
                rules=tuple(rules),
                scores=arrays[f"{name}.scores"],
            )
            for name, rules in plain["sets"].items()
            if f"{name}.scores" in arrays
        }
        return cls(**values)


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a plain value: keys sorted, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def pack_arrays(arrays: Mapping[str, npt.NDArray[Any]], *, compressed: bool = True) -> bytes:
    """Return arrays as npz; empty bytes for none. Compressed to be kept, not to be sent: that would cost more."""
    if not arrays:
        return b""
    import numpy as np

    if any(array.dtype.hasobject for array in arrays.values()):
        raise ValueError("an array of objects would need allow_pickle; only plain arrays are kept")
    buffer = io.BytesIO()
    plain: dict[str, Any] = dict(arrays)
    (np.savez_compressed if compressed else np.savez)(buffer, **plain)
    return buffer.getvalue()


def unpack_arrays(content: bytes) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays that `pack_arrays` packed. Nothing pickled is ever loaded."""
    if not content:
        return {}
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
