"""The checks of a detector, a dataset and a metric, and the function that runs them in this process."""

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


def kind_of(among: Registry, name: str, kind: str = "") -> str:
    """Return whether a name is a detector, a dataset or a metric.

    Raises
    ------
    UnknownName
        If no plugin offers it.
    InvalidRequest
        If several of them have this name, and `kind` is empty.
    """
    catalogues: dict[str, Catalogue[Any]] = {
        "detector": among.detectors,
        "dataset": among.datasets,
        "metric": among.metrics,
    }
    if kind:
        catalogues[kind].require(name)
        return kind
    kinds = [kind for kind in KINDS if name in catalogues[kind]]
    if not kinds:
        names = [offered for kind in KINDS for offered in catalogues[kind].names()]
        raise did_you_mean("detector, dataset or metric", name, names)
    if len(kinds) > 1:
        raise InvalidRequest(f"{name!r} is a {' and a '.join(kinds)}; choose one with --kind {kinds[0]}")
    return kinds[0]


def subject_of(
    name: str,
    *,
    kind: str = "",
    values: Mapping[str, Any] | None = None,
    preset: str = "",
    among: Registry | None = None,
) -> AnySubject:
    """Return the subject of the checks: a detector, dataset or metric by name, with its parameters.

    Parameters
    ----------
    kind : str
        `detector`, `dataset` or `metric`; needed only if several of them have this name.
    values : mapping, optional
        Parameters of a detector, or options of a dataset.
    preset : str
        A preset of a detector; empty for `smoke` if it has one, else `fast`.
    among : Registry, optional
        The plugins in which the name is searched; default: all installed plugins.
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
        raise InvalidRequest(f"{name!r} is a metric, and a metric has no parameters")
    return metrics.MetricSubject(known, name)


def examine(subject: AnySubject, *, only: tuple[str, ...] = ()) -> Iterator[Verdict]:
    """Run the checks on a subject in this process, whose environment must suit the framework of the subject.

    Parameters
    ----------
    only : tuple of str
        Names of the checks to run; empty for all.
    """
    for check in checks_of(subject.kind):
        if not only or check.name in only:
            yield check.verdict(subject)
