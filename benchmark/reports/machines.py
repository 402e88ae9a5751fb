"""Which machines and package versions the trials of a board come from, and how much that changes their numbers."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.specs import MetricSpec
from benchmark.reports.text import is_percent, join, number_of, plural, truncate

LONGEST = 200

_OWN = ("python", "oneclass-bench")
"""Versions that are not compared: packages compute the numbers, and the source hash covers this project's code."""


def machine_notes(outcomes: Sequence[Outcome], repeated: Iterable[Outcome], metric: MetricSpec) -> tuple[str, ...]:
    """Return what differs between the machines and versions of a board's trials, and how much that changes a trial.

    Instruction sets, BLAS, environment variables, GPUs and package versions are compared. A value that an outcome does
    not record is no difference.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Those of the board.
    repeated : iterable of Outcome
        All attempts of trials that were run more than once.
    metric : MetricSpec
        Repeated trials are compared by their values of this metric, under the primary rule.

    Returns
    -------
    tuple of str
        One sentence for each difference, then one on the repeated trials; empty if nothing differs.
    """
    differences = _differences(outcomes)
    if not differences:
        return ()
    return (*(f"{what}: {_counted(counts)}" for what, counts in differences), _effect(repeated, metric))


def _counted(counts: Sequence[tuple[str, int]]) -> str:
    return join([f"{truncate(value, LONGEST)} ({plural(number, 'trial')})" for value, number in counts])


def _differences(outcomes: Sequence[Outcome]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return each thing that differs, with its values and their numbers of trials, the most frequent first."""
    found = []
    if sets := _instruction_sets(outcomes):
        found.append(("instruction sets that not all machines have", sets))
    each = [_values(outcome) for outcome in outcomes]
    for what in dict.fromkeys(name for values in each for name in values):
        counts = Counter(values[what] for values in each if what in values)
        if len(counts) > 1:
            found.append((what, sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))))
    return found


def _instruction_sets(outcomes: Sequence[Outcome]) -> list[tuple[str, int]]:
    """Return the instruction sets beyond those that all machines have; empty if there are none."""
    recorded = [frozenset(sets) for o in outcomes if (sets := o.provenance.get("instruction_sets"))]
    if len(set(recorded)) < 2:
        return []
    common = frozenset.intersection(*recorded)
    counts = Counter(", ".join(sorted(sets - common)) or "none of them" for sets in recorded)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _values(outcome: Outcome) -> dict[str, str]:
    """Return name -> value of what an outcome records, without its instruction sets."""
    provenance, values = outcome.provenance, {}
    if not provenance.get("instruction_sets") and provenance.get("cpu"):
        values["processor, of trials without recorded instruction sets"] = str(provenance["cpu"])
    for carrier, library in _mapping(provenance, "blas").items():
        if isinstance(library, Mapping):
            names = (library.get(name) for name in ("name", "version", "architecture"))
            values[f"BLAS of {carrier}"] = " ".join(str(name) for name in names if name is not None)
    if "variables" in provenance:
        variables = _mapping(provenance, "variables")
        values["environment variables"] = ", ".join(f"{name}={variables[name]}" for name in sorted(variables)) or "none"
    if outcome.trial.device != "cpu" and provenance.get("device_name"):
        values["GPU"] = str(provenance["device_name"])
    versions = _mapping(provenance, "versions")
    return values | {str(name): str(version) for name, version in versions.items() if name not in _OWN}


def _mapping(provenance: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = provenance.get(name)
    return value if isinstance(value, Mapping) else {}


def _effect(repeated: Iterable[Outcome], metric: MetricSpec) -> str:
    """Return by how much the value of a trial differs between machines or versions, over the trials run on several."""
    attempts: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in repeated:
        if outcome.measure(outcome.trial.primary_rule, metric.name) is not None:
            attempts.setdefault((outcome.trial.id, outcome.source), []).append(outcome)
    spreads = [_spread(group, metric) for group in attempts.values() if _differences(group)]
    if not spreads:
        return (
            "no trial was run under two of these with the same code, so how much they change the numbers is not known"
        )
    written = _difference_of(metric)
    size = f"differ by {written(statistics.fmean(spreads))} on average, at most by {written(max(spreads))}"
    return (
        f"{plural(len(spreads), 'trial')} run under two of these with the same code: the values of a trial"
        f" {size if max(spreads) else 'are equal'}"
    )


def _spread(outcomes: Sequence[Outcome], metric: MetricSpec) -> float:
    measures = (outcome.measure(outcome.trial.primary_rule, metric.name) for outcome in outcomes)
    values = [measure.value for measure in measures if measure is not None]
    return max(values) - min(values)


def _difference_of(metric: MetricSpec) -> Callable[[float], str]:
    number = number_of(metric)
    return (lambda value: f"{100 * value:.2f} points") if is_percent(metric) else number
