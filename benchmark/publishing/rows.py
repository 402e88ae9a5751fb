"""Converts outcomes to rows and rows to lines, reads lines again, and merges the rows of several publishers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

from benchmark.interfaces.outcome import Outcome
from benchmark.publishing.format_1 import upgrade
from benchmark.publishing.redact import first_private_parameter, redact
from benchmark.publishing.row_schema import FORMAT, OUTCOME_FIELDS, UPGRADE, PublishedRow, check_row
from benchmark.registry import Registry
from benchmark.reports.beside import is_baseline, reference_of
from benchmark.reports.recipe import recipe_of
from benchmark.reports.settings import non_default
from benchmark.results.codec import from_plain


def make_row(outcome: Outcome, registry: Registry) -> PublishedRow:
    """Return the published row of an outcome.

    Raises
    ------
    ValueError
        If the outcome cannot be published, with the reason.
    """
    trial, redacted = outcome.trial, redact(outcome)
    if name := first_private_parameter(trial):
        raise ValueError(f"parameter {name!r} names a file, an address or a person, and the trial's id depends on it")
    draft = PublishedRow(
        **{name: getattr(redacted, name) for name in OUTCOME_FIELDS},
        format=FORMAT,
        id=trial.id,
        baseline=is_baseline(registry, trial.detector),
        non_default=non_default(trial, redacted.task, registry),
        recipe=recipe_of(registry, trial),
        reference=reference_of(registry, trial.detector),
    )
    row = from_plain(json.loads(draft.text), PublishedRow)  # checked and sorted as on reading
    check_row(row)
    return row


def parse_row(text: str) -> PublishedRow:
    """Return the row of a line, of this format or of format 1.

    Raises
    ------
    ValueError
        If the line is not a row, with the reason.
    """
    plain = _json_object(text)
    version = plain.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise ValueError(f"a newer One-Class Bench wrote it; {UPGRADE}")
    row = from_plain(upgrade(plain) if version == 1 else plain, PublishedRow)
    if version != 1 and row.text != text:
        raise ValueError("it was edited: it has other fields than a row, or is not canonical JSON")
    check_row(row)
    return row


def parse_rows(content: bytes, dataset: str) -> tuple[PublishedRow, ...]:
    """Return the rows of the file of a dataset, in the file's order.

    Raises
    ------
    ValueError
        At the first line that is not a row, with its number and the reason.
    """
    rows = []
    for number, line in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        try:
            row = parse_row(line.decode("ascii"))
            if row.trial.dataset != dataset:
                raise ValueError(f"its dataset is {row.trial.dataset!r}, not {dataset!r}")
        except UnicodeDecodeError:
            raise ValueError(f"line {number}: it is not ASCII, as canonical JSON is") from None
        except RecursionError:
            raise ValueError(f"line {number}: it is nested too deeply for a row") from None
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        rows.append(row)
    return tuple(rows)


def merge(*sets: Iterable[PublishedRow]) -> tuple[PublishedRow, ...]:
    """Return for each key the row with the greatest precedence, sorted; the order of the sets does not matter."""
    rows: dict[tuple[str, str], PublishedRow] = {}
    for row in itertools.chain.from_iterable(sets):
        other = rows.get(row.key)
        if other is None or other.precedence < row.precedence:
            rows[row.key] = row
    return tuple(sorted(rows.values(), key=lambda row: row.sort_key))


def rows_text(rows: Iterable[PublishedRow]) -> str:
    """Return the content of a file of rows."""
    return "".join(f"{row.text}\n" for row in rows)


def _json_object(text: str) -> dict[str, Any]:
    try:
        plain = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error.msg}") from None
    if not isinstance(plain, dict):
        raise ValueError("it is not a JSON object")
    return plain
