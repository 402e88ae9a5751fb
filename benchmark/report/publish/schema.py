"""What a line of a file of rows must be: its fields, their types, and what ties them together."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from benchmark.report.publish.discretion import PROVENANCE
from benchmark.trial import STATUSES, Cost, TaskFacts, Trial, canonical_json

__all__ = ["FIELDS", "FORMAT", "NAME", "check", "digest"]

FORMAT = 1
"""Raised by hand when a line no longer says what it did."""

NAME = "[a-z][a-z0-9_]*"
"""Of a detector or a dataset, as plugins may call them: it can name a file, and breaks no table."""

LARGEST = 2**63
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """The types of a line's fields, for pydantic to check; in a line they are by alphabet, as here."""

    canaries: Mapping[str, float]
    cost: Cost
    digest: str
    error_type: str
    facts: Mapping[str, float | str]
    finished_at: str
    format: Literal[1]
    id: str
    message: str
    metrics: Mapping[str, Mapping[str, tuple[float, float | None]]]
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]
    reference: str
    settings: str
    source: str
    status: str
    task: TaskFacts
    trial: Trial
    uid: str


FIELDS = frozenset(field.name for field in dataclasses.fields(_Row))


def digest(plain: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a line's fields but the digest: it tells a slip of the hand, and is no seal."""
    content = canonical_json({name: value for name, value in plain.items() if name != "digest"})
    return hashlib.sha256(content.encode()).hexdigest()


def check(plain: Mapping[str, Any], text: str) -> None:
    """Raise if a line cannot be what `bench publish` wrote.

    Parameters
    ----------
    plain : mapping
        What the text says.
    text : str
        The line.

    Raises
    ------
    ValueError
        With the reason.
    """
    import pydantic

    version = plain.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise ValueError("a newer One-Class Bench wrote it; upgrade with: pip install -U oneclass-bench")
    if odd := FIELDS.symmetric_difference(plain):
        raise ValueError(f"a line has other fields: {', '.join(sorted(odd))} is missing or not known here")
    try:
        # Of types alone: the values go on as they are, since an id hashes them so.
        _types().validate_json(text, strict=True)
        problem = _problem(plain, Trial(**plain["trial"]), text)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if problem:
        raise ValueError(problem)


@functools.cache
def _types() -> Any:
    import pydantic

    return pydantic.TypeAdapter(_Row)


def _problem(plain: Mapping[str, Any], trial: Trial, text: str) -> str:
    """Return the first thing that is wrong with fields of the right types; empty if nothing is."""
    names = (trial.detector, trial.dataset)
    checks = (
        (canonical_json(plain) == text, "it is not canonical JSON: it was edited"),
        (plain["id"] == trial.id, "its id is not the hash of its trial"),
        (plain["digest"] == digest(plain), "its digest is not that of its text: it was edited or damaged"),
        (not _odd(plain), "a text in it has control characters, or a number too many digits"),
        (all(re.fullmatch(NAME, name) for name in names), "its detector or dataset has a name that no plugin may have"),
        (plain["status"] in STATUSES, f"an outcome's status is one of {', '.join(STATUSES)}"),
        (0 < len(set(trial.rules)) == len(trial.rules), "its trial names no rule, or one twice"),
        (set(plain["metrics"]) <= set(trial.rules), "its metrics are of other rules than its trial's"),
        (trial.task in plain["task"]["tasks"], "its task is none of its dataset's"),
        (not trial.validation_only, "it was judged on held-out training images, which stand on no published board"),
        (_is_utc(plain["finished_at"]), "finished_at is ISO 8601 in UTC, such as 2026-01-31T12:00:00+00:00"),
        (bool(plain["uid"] and plain["source"]), "it names no attempt, or no source"),
        (set(plain["provenance"]) <= set(PROVENANCE), f"of the provenance only {', '.join(PROVENANCE)} is published"),
    )
    return next((reason for holds, reason in checks if not holds), "")


def _is_utc(text: str) -> bool:
    """Return whether a time is written so that later ones sort later, as texts."""
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    return time.utcoffset() == datetime.timedelta(0) and time.isoformat() == text


def _odd(value: Any) -> bool:
    """Return whether a plain value would break a table, or a sum."""
    if isinstance(value, str):
        return _CONTROLS.search(value) is not None
    if isinstance(value, int):
        return abs(value) > LARGEST
    if isinstance(value, Mapping):
        return any(map(_odd, value)) or any(map(_odd, value.values()))
    return isinstance(value, list) and any(map(_odd, value))
