"""Computes metrics from stored scores; nothing is trained and no image is loaded."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from benchmark.interfaces.errors import StoreError
from benchmark.interfaces.outcome import Measure, Outcome, ScoredSet
from benchmark.metrics.compute import compute_metrics
from benchmark.registry import Registry
from benchmark.results import Store

TOLERANCE = 1e-12
"""Largest difference of two values that count as equal: versions of NumPy may round a sum differently."""

NO_SCORES = "the store has none"


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs from the stored one."""

    rule: str
    metric: str
    before: Measure
    after: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """The result of rescoring one outcome; it is already stored.

    Attributes
    ----------
    added : int
        How many values were added.
    changed : tuple of Change
        The values that were replaced.
    unable : tuple of str
        The reason for each value that could not be computed; a stored value stays.
    lost : str
        Why its scores cannot be read; empty if they can.
    """

    outcome: Outcome
    added: int = 0
    changed: tuple[Change, ...] = ()
    unable: tuple[str, ...] = ()
    lost: str = ""


def rescorable(store: Store, datasets: Collection[str] = ()) -> list[Outcome]:
    """Return the outcomes that are `ok`, of these datasets or of all."""
    outcomes = store.outcomes()
    return [o for o in outcomes if o.status == "ok" and (not datasets or o.trial.dataset in datasets)]


def rescore(
    store: Store, outcomes: Sequence[Outcome], registry: Registry, metrics: Collection[str] = ()
) -> Iterator[Rescored]:
    """Compute metrics of outcomes; those of each outcome are stored before the next is read.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Without scores; these are read one outcome at a time.
    metrics : collection of str
        Metrics to compute, even if an outcome has them; empty: every installed metric that it lacks, or has of another
        version.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    store.check_writable()
    for outcome in outcomes:
        names_by_rule = _missing_metrics(outcome, registry, metrics)
        if not names_by_rule:
            yield Rescored(outcome=outcome)
            continue
        try:
            scored = store.scores(outcome.uid, outcome.trial.judged_on)
        except StoreError as error:
            yield Rescored(outcome=outcome, lost=str(error))
            continue
        if scored is None:
            yield Rescored(outcome=outcome, lost=NO_SCORES)
        else:
            yield _measured(store, outcome, scored, registry, names_by_rule)


def _missing_metrics(outcome: Outcome, registry: Registry, metrics: Collection[str]) -> dict[str, list[str]]:
    """Return rule -> metrics to compute, for the rules that passed the audit."""
    versions = {offer.spec.name: offer.spec.version for offer in registry.metrics.all()}
    names_by_rule = {}
    for index, rule in enumerate(outcome.trial.rules):
        stored = outcome.metrics.get(rule, {})
        # The primary rule of an `ok` outcome has passed the audit; another rule has passed if it has a metric.
        if index and not stored:
            continue
        names = [
            name
            for name in registry.metrics.names()
            if (name in metrics if metrics else name not in stored or stored[name].version != versions[name])
        ]
        if names:
            names_by_rule[rule] = names
    return names_by_rule


def _measured(
    store: Store, outcome: Outcome, scored: ScoredSet, registry: Registry, names_by_rule: dict[str, list[str]]
) -> Rescored:
    computed: dict[str, dict[str, Measure]] = {}
    added, changed, unable = 0, [], []
    for rule, names in names_by_rule.items():
        if rule not in scored.rules:
            unable.append(f"the store has no scores of the rule {rule!r}")
            continue
        measures, problems = compute_metrics(registry.metrics, names, scored.y, scored.of(rule), scored.labels)
        unable += problems.values()
        for name, measure in measures.items():
            before = outcome.metrics.get(rule, {}).get(name)
            if before is None:
                added += 1
            elif _equal(before, measure):
                continue
            else:
                changed.append(Change(rule, name, before, measure))
            computed.setdefault(rule, {})[name] = measure
    if computed:
        store.add_measures(outcome.uid, computed)
    return Rescored(outcome=outcome, added=added, changed=tuple(changed), unable=tuple(unable))


def _equal(one: Measure, other: Measure) -> bool:
    if (one.version, one.classes) != (other.version, other.classes):
        return False
    pairs = (
        (one.value, other.value),
        (one.standard_error, other.standard_error),
        (one.class_error, other.class_error),
    )
    return all(
        a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=0.0, abs_tol=TOLERANCE))
        for a, b in pairs
    )
