"""A published row: its fields, their types, and the checks of its values."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from benchmark.interfaces.outcome import Cost, Measure, Outcome, TaskFacts
from benchmark.interfaces.trial import Trial, canonical_json
from benchmark.publishing.redact import CONTROLS, PROVENANCE, map_texts
from benchmark.results.codec import to_plain

FORMAT: Final = 2
"""Raised by hand when the fields of a row change; `format_1` reads the rows of the first format."""

NAME = "[a-z][a-z0-9_]*"
"""The names that plugins may give to a detector or a dataset. They name files, and need no escaping in a table."""


class PublishedRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One published outcome: the fields of a line, listed alphabetically, as canonical JSON sorts them.

    Attributes
    ----------
    non_default : mapping
        The values that differed from the defaults, as the publisher's plugins had them.
    reference : str
        The detector's key among the published numbers; empty for none.
    """

    baselines: Mapping[str, float]
    cost: Cost
    error_type: str
    facts: Mapping[str, float | str]
    finished_at: str
    format: Literal[2] = FORMAT
    id: str
    message: str
    metrics: Mapping[str, Mapping[str, Measure]]
    non_default: Mapping[str, Any]
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]
    reference: str
    source: str
    status: str
    task: TaskFacts
    trial: Trial
    uid: str

    @functools.cached_property
    def outcome(self) -> Outcome:
        """The outcome, without what is not published."""
        return Outcome(**{name: getattr(self, name) for name in OUTCOME_FIELDS})

    @functools.cached_property
    def text(self) -> str:
        """The line of the row: canonical JSON."""
        return canonical_json(to_plain(self))

    @property
    def key(self) -> tuple[str, str]:
        """The trial's id, and the source that made the outcome: a file has one row of each.

        A row of another source stays in the file: the board shows the newest source that is complete.
        """
        return self.id, self.source

    @property
    def precedence(self) -> tuple[str, str, int, int, str, str]:
        """Of two rows with one key, the greater wins: the one that finished later, then the one with the greater uid.

        Two rows may be of one attempt. The one with more numbers was rescored later; the one with fewer values off the
        defaults was published where the detector was installed. The rest of the tuple leaves no tie, so that the
        order of merging does not matter.
        """
        numbers = sum(map(len, self.metrics.values()))
        return self.finished_at, self.uid, numbers, -len(self.non_default), self.reference, self.text

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """What the rows of a file are sorted by."""
        return self.trial.detector, canonical_json(self.trial.params), self.trial.seed, self.trial.task, *self.key


OUTCOME_FIELDS = {field.name for field in dataclasses.fields(Outcome)} & set(PublishedRow.__struct_fields__)


def check_row(row: PublishedRow) -> None:
    """Raise ValueError, with the reason, if no outcome can be published as this row."""
    trial, names = row.trial, (row.trial.detector, row.trial.dataset)
    checks = (
        (row.id == trial.id, "its id is not the hash of its trial"),
        (all(re.fullmatch(NAME, name) for name in names), "its detector or dataset has a name that no plugin may have"),
        (0 < len(set(trial.rules)) == len(trial.rules), "its trial names no rule, or one twice"),
        (set(row.metrics) <= set(trial.rules), "its metrics are of other rules than its trial's"),
        (trial.task in row.task.tasks, "its task is none of its dataset's"),
        (not trial.validation_only, "it was judged on held-out training images, which are on no published board"),
        (_is_utc(row.finished_at), "finished_at is ISO 8601 in UTC, such as 2026-01-31T12:00:00+00:00"),
        (row.uid and row.source, "it names no attempt, or no source"),
        (set(row.provenance) <= set(PROVENANCE), f"of the provenance only {', '.join(PROVENANCE)} is published"),
    )
    if reason := next((reason for holds, reason in checks if not holds), ""):
        raise ValueError(reason)
    _ = row.outcome  # checks the status
    map_texts(to_plain(row), _check_text)


def _check_text(text: str) -> str:
    if CONTROLS.search(text):
        raise ValueError("a text in it has control characters")
    return text


def _is_utc(text: str) -> bool:
    """Return whether a time is written so that times sorted as texts are in order."""
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    return time.utcoffset() == datetime.timedelta(0) and time.isoformat() == text
