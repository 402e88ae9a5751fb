"""Reads rows of format 1, which version 0.1 wrote: other field names, measures as pairs, non-default values as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.interfaces.outcome import TaskFacts
from benchmark.interfaces.trial import Trial
from benchmark.registry import registry
from benchmark.reports.settings import non_default
from benchmark.results.codec import from_plain
from benchmark.results.schema import renamed_facts


def upgrade(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain values of a row of format 1 as those of format 2.

    The text of the non-default values is not parsed: the values are computed again, with the plugins that are
    installed. The digest is dropped, since version control shows edits.

    Raises
    ------
    ValueError
        If a field is missing, or cannot be converted.
    """
    try:
        fields = {name: value for name, value in plain.items() if name not in ("digest", "settings")}
        fields = renamed_facts(fields)
        fields["metrics"] = {
            rule: {
                metric: {"value": value, "standard_error": standard_error}
                for metric, (value, standard_error) in measures.items()
            }
            for rule, measures in fields["metrics"].items()
        }
        trial, task = from_plain(fields["trial"], Trial), from_plain(fields["task"], TaskFacts)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"a field of format 1 is missing or invalid: {error}") from None
    return {**fields, "format": 2, "non_default": non_default(trial, task, registry())}
