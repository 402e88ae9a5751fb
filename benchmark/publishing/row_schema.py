"""A published row: its fields, their types, and the checks of its values."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import re
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal

import msgspec

from benchmark.interfaces.outcome import Cost, Measure, Outcome, TaskFacts
from benchmark.interfaces.trial import Trial, canonical_json
from benchmark.publishing.redact import CONTROLS, PROVENANCE, map_texts
from benchmark.reports.protocol import phrase
from benchmark.results.codec import measures_to_plain, to_plain
from benchmark.running.plan import SEMANTICS

FORMAT: Final = 2
"""Raised by hand when the fields of a row change; `format_1` reads the rows of the first format."""

UPGRADE = "upgrade with: pip install -U oneclass-bench"

NAME = "[a-z][a-z0-9_]*"
"""The pattern of names of detectors and datasets. Such names are used for files, and need no escaping in a table."""

FIRST_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "cost": (
        "load_seconds", "fit_seconds", "score_seconds", "wall_seconds", "peak_memory_mib", "train_images",
        "scored_images",
    ),
    "task": ("options", "variant", "footnote", "tasks", "part", "classes", "normal_class"),
}  # fmt: skip
"""The fields with which format 2 began. A field that was added later is left out of the line at its default, so that
older lines stay canonical."""


class PublishedRow(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True, omit_defaults=True
):
    """One published outcome: the fields of a line, listed alphabetically, as canonical JSON sorts them.

    A field with a default was added after the first rows of this format; it is left out of the line at its default.

    Attributes
    ----------
    baseline : bool
        Whether the detector is a baseline.
    non_default : mapping
        The values that differ from the defaults of the plugins that the publisher had installed.
    reference : str
        The detector's key among the published numbers; empty for none.
    recipe : str
        The preset that is the publication's recipe on the dataset, if the trial has its parameters; empty otherwise.
    """

    baseline: bool = False
    baselines: Mapping[str, float]
    cost: Cost
    error_type: str
    facts: Mapping[str, float | str]
    finished_at: str
    format: Literal[2]
    id: str
    message: str
    metrics: Mapping[str, Mapping[str, Measure]]
    non_default: Mapping[str, Any]
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]
    recipe: str = ""
    reference: str
    source: str
    status: str
    task: TaskFacts
    trial: Trial
    uid: str

    @functools.cached_property
    def outcome(self) -> Outcome:
        """The outcome; fields that are not published have their defaults."""
        return Outcome(**{name: getattr(self, name) for name in OUTCOME_FIELDS})

    @functools.cached_property
    def text(self) -> str:
        """The line of the row: canonical JSON."""
        plain = {**to_plain(self), "trial": to_plain(self.trial.to_plain()), "metrics": measures_to_plain(self.metrics)}
        plain["cost"] = _without_added(plain["cost"], Cost, FIRST_FIELDS["cost"])
        plain["task"] = _without_added(plain["task"], TaskFacts, FIRST_FIELDS["task"])
        return canonical_json(plain)

    @property
    def key(self) -> tuple[str, str]:
        """The id of the trial and the source of the outcome; a file has one row for each key.

        Rows of several sources stay in the file; the board shows the newest source that has all tasks.
        """
        return self.id, self.source

    @property
    def precedence(self) -> tuple[str, str, int, int, str, str]:
        """Of two rows with one key, the greater wins: the one that finished later, then the one with the greater uid.

        If both are of one attempt, the row with more metrics wins, since it was rescored later; then the row with fewer
        non-default values, since the detector was installed where it was published. The other items of the tuple
        prevent ties, so the result does not depend on the order of merging.
        """
        numbers = sum(map(len, self.metrics.values()))
        return self.finished_at, self.uid, numbers, -len(self.non_default), self.reference, self.text

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """The sort key of the rows in a file."""
        return self.trial.detector, canonical_json(self.trial.params), self.trial.seed, self.trial.task, *self.key


def _without_added(plain: dict[str, Any], value_type: type, first: Collection[str]) -> dict[str, Any]:
    """Return the plain values of a dataclass without those that were added later and are at their defaults."""
    defaults = {}
    for field in dataclasses.fields(value_type):
        if field.name not in first:
            factory = field.default_factory
            defaults[field.name] = to_plain(field.default if factory is dataclasses.MISSING else factory())
    return {name: value for name, value in plain.items() if name not in defaults or value != defaults[name]}


OUTCOME_FIELDS = {field.name for field in dataclasses.fields(Outcome)} & set(PublishedRow.__struct_fields__)


def check_row(row: PublishedRow) -> None:
    """Raise ValueError with the reason if the row cannot be that of a published outcome."""
    trial, names = row.trial, (row.trial.detector, row.trial.dataset)
    checks = (
        (row.id == trial.id, "its id is not the hash of its trial"),
        (all(re.fullmatch(NAME, name) for name in names), "the name of its detector or dataset is not allowed"),
        (0 < len(set(trial.rules)) == len(trial.rules), "its trial has no rule, or a rule twice"),
        (set(row.metrics) <= set(trial.rules), "it has metrics of a rule that its trial does not have"),
        (trial.task in row.task.tasks, "its dataset does not have its task"),
        (
            not trial.validation_only,
            "it was scored on validation images; only test outcomes are published",
        ),
        (trial.semantics <= SEMANTICS, f"{phrase(trial.semantics)} is newer than this One-Class Bench; {UPGRADE}"),
        (_is_utc(row.finished_at), "finished_at must be ISO 8601 in UTC, such as 2026-01-31T12:00:00+00:00"),
        (row.uid and row.source, "its uid or its source is empty"),
        (set(row.provenance) <= set(PROVENANCE), f"its provenance may only have the fields {', '.join(PROVENANCE)}"),
    )
    if reason := next((reason for holds, reason in checks if not holds), ""):
        raise ValueError(reason)
    _ = row.outcome  # raises ValueError if the status is unknown
    map_texts(to_plain(row), _check_text)


def _check_text(text: str) -> str:
    if CONTROLS.search(text):
        raise ValueError("one of its texts has control characters")
    return text


def _is_utc(text: str) -> bool:
    """Return whether a text is a time in the one form that sorts by time."""
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    return time.utcoffset() == datetime.timedelta(0) and time.isoformat() == text
