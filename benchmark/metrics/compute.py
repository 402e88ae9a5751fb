"""Computes metrics of scores: a value with its standard error, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.errors import OneSidedLabels, PluginConflict
from benchmark.interfaces.outcome import Measure
from benchmark.interfaces.specs import MetricSpec
from benchmark.registry import Catalogue

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, IntArray, Scores


def compute_metrics(
    metrics: Catalogue[MetricSpec],
    names: Iterable[str],
    y: BoolArray,
    scores: Scores,
    labels: IntArray | None = None,
) -> tuple[dict[str, Measure], dict[str, str]]:
    """Compute metrics of the scores of one rule.

    Parameters
    ----------
    metrics : Catalogue of MetricSpec
        All installed metrics.
    names : iterable of str
        The names of the metrics to compute.
    y : ndarray of bool, shape (n,)
        True = anomalous.
    scores : ndarray of float64, shape (n,)
        Scores that passed the audit.
    labels : ndarray of int, shape (n,), or None
        The class of each image; None leaves out the errors for other classes of anomalies.

    Returns
    -------
    measures : dict of str to Measure
        Metric -> a finite value.
    problems : dict of str to str
        Metric -> the reason why it has no value. A metric that raises does not affect the others.

    Raises
    ------
    UnknownName
        If there is no metric of a name.
    """
    # Read-only views, so that a metric that sorts in place does not change the input of the next one.
    y, scores = y.view(), scores.view()
    y.flags.writeable = scores.flags.writeable = False
    if labels is not None:
        labels = labels.view()
        labels.flags.writeable = False
    measures: dict[str, Measure] = {}
    problems: dict[str, str] = {}
    for name in names:
        try:
            result = try_metric(metrics[name], y, scores, labels)
        except PluginConflict as problem:
            result = str(problem)
        if isinstance(result, Measure):
            measures[name] = result
        else:
            problems[name] = result
    return measures, problems


def try_metric(
    metric: MetricSpec, y: BoolArray, scores: Scores, labels: IntArray | None = None, *, with_error: bool = True
) -> Measure | str:
    """Return the value of a metric; an error message if it raises or the value is not finite.

    Parameters
    ----------
    labels : ndarray of int, shape (n,), or None
        The class of each image, for the error for other classes of anomalies.
    with_error : bool
        Whether to compute the standard errors too.
    """
    try:
        value = float(metric.compute(y, scores))
        error = _valid(metric.standard_error(y, scores)) if with_error else None
        class_error, classes = None, None
        if labels is not None and with_error:
            class_error = _valid(metric.class_error(y, scores, labels))
            classes = None if class_error is None else len(np.unique(labels[y]))
        if not math.isfinite(value):
            raise ArithmeticError(f"the value is {value}, which is not finite")
        return Measure(value, error, class_error, classes, metric.version)
    except OneSidedLabels as problem:
        return str(problem)
    except Exception as problem:  # noqa: BLE001 - a plugin may raise anything
        return f"metric {metric.name!r}: {type(problem).__name__}: {problem}"


def _valid(error: float | None) -> float | None:
    """Return a standard error, or None for a value that cannot be one."""
    return None if error is None or not 0 <= error < math.inf else float(error)
