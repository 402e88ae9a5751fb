"""Which checks there are for what, and how they are run one after the other in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.interfaces.errors import InvalidRequest, did_you_mean
from benchmark.registry import Offers, Registry
from benchmark.testing import datasets, extras, fitting, metrics, scoring, sizes, specs
from benchmark.testing.check import Check, Verdict
from benchmark.testing.subject import DetectorSubject

__all__ = ["KINDS", "AnySubject", "checks_of", "examine", "kind_of", "subject_of"]

AnySubject = DetectorSubject | datasets.DatasetSubject | metrics.MetricSubject

KINDS = ("detector", "dataset", "metric")


def checks_of(kind: str) -> tuple[Check[Any], ...]:
    """Return the checks for a detector, a dataset or a metric, in the order of a report."""
    if kind == "detector":
        return (*specs.CHECKS, *scoring.CHECKS, *fitting.CHECKS, *extras.CHECKS, *sizes.CHECKS)
    return datasets.CHECKS if kind == "dataset" else metrics.CHECKS


def kind_of(registry: Registry, name: str, kind: str = "") -> str:
    """Return which kind of thing a name is.

    Raises
    ------
    UnknownName
        If nobody offers it.
    InvalidRequest
        If a detector, a dataset or a metric share the name, and `kind` does not say which is meant.
    """
    offers: dict[str, Offers[Any]] = {
        "detector": registry.detectors,
        "dataset": registry.datasets,
        "metric": registry.metrics,
    }
    if kind:
        offers[kind][name]
        return kind
    found = [one for one in KINDS if name in offers[one]]
    if not found:
        known = [known for one in KINDS for known in offers[one].names()]
        raise did_you_mean("detector, dataset or metric", name, known)
    if len(found) > 1:
        raise InvalidRequest(f"{name!r} is a {' and a '.join(found)}; say which with --kind {found[0]}")
    return found[0]


def subject_of(
    registry: Registry,
    name: str,
    *,
    kind: str = "",
    values: Mapping[str, Any] | None = None,
    preset: str = "",
) -> AnySubject:
    """Return what is examined: a detector, dataset or metric by name, with parameters where it has any."""
    kind = kind_of(registry, name, kind)
    if preset and kind != "detector":
        raise InvalidRequest(f"only a detector has presets; {name!r} is a {kind}")
    if kind == "detector":
        return DetectorSubject(registry, name, values, preset=preset)
    if kind == "dataset":
        return datasets.DatasetSubject(registry, name, values)
    if values:
        raise InvalidRequest(f"a metric has no parameters; {name!r} is one")
    return metrics.MetricSubject(registry, name)


def examine(subject: AnySubject, *, only: tuple[str, ...] = ()) -> Iterator[Verdict]:
    """Run the checks on a subject in this process, which must have been started for its framework.

    Parameters
    ----------
    only : tuple of str
        Names of checks; all if empty.
    """
    for one in checks_of(subject.kind):
        if not only or one.name in only:
            yield one.verdict(subject)
