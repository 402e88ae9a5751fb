"""Which checks there are for what, and how they are run one after the other in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.conformance import datasets, metrics
from benchmark.conformance.check import Check, Verdict
from benchmark.conformance.detectors import extras, fit, score, sizes, spec
from benchmark.conformance.subject import DetectorSubject
from benchmark.interfaces.errors import InvalidRequest, did_you_mean
from benchmark.registry import Catalogue, Registry, registry

AnySubject = DetectorSubject | datasets.DatasetSubject | metrics.MetricSubject

KINDS = ("detector", "dataset", "metric")


def checks_of(kind: str) -> tuple[Check[Any], ...]:
    """Return the checks for a detector, a dataset or a metric, in the order of a report."""
    if kind == "detector":
        return (*spec.CHECKS, *score.CHECKS, *fit.CHECKS, *extras.CHECKS, *sizes.CHECKS)
    return datasets.CHECKS if kind == "dataset" else metrics.CHECKS


def kind_of(known: Registry, name: str, kind: str = "") -> str:
    """Return whether a name is a detector, a dataset or a metric.

    Raises
    ------
    UnknownName
        If no plugin offers it.
    InvalidRequest
        If a detector, a dataset or a metric share the name, and `kind` does not say which is meant.
    """
    catalogues: dict[str, Catalogue[Any]] = {
        "detector": known.detectors,
        "dataset": known.datasets,
        "metric": known.metrics,
    }
    if kind:
        catalogues[kind].require(name)
        return kind
    kinds = [one for one in KINDS if name in catalogues[one]]
    if not kinds:
        names = [offered for one in KINDS for offered in catalogues[one].names()]
        raise did_you_mean("detector, dataset or metric", name, names)
    if len(kinds) > 1:
        raise InvalidRequest(f"{name!r} is a {' and a '.join(kinds)}; say which with --kind {kinds[0]}")
    return kinds[0]


def subject_of(
    name: str,
    *,
    kind: str = "",
    values: Mapping[str, Any] | None = None,
    preset: str = "",
    among: Registry | None = None,
) -> AnySubject:
    """Return what is examined: a detector, dataset or metric by name, with parameters where it has any.

    Parameters
    ----------
    kind : str
        `detector`, `dataset` or `metric`; needed only where they share the name.
    values : mapping, optional
        Parameters of a detector, or options of a dataset.
    among : Registry, optional
        Where the name is looked up; None: all that is installed.
    """
    known = registry() if among is None else among
    kind = kind_of(known, name, kind)
    if preset and kind != "detector":
        raise InvalidRequest(f"only a detector has presets; {name!r} is a {kind}")
    if kind == "detector":
        return DetectorSubject(known, name, values, preset=preset)
    if kind == "dataset":
        return datasets.DatasetSubject(known, name, values)
    if values:
        raise InvalidRequest(f"a metric has no parameters; {name!r} is one")
    return metrics.MetricSubject(known, name)


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
