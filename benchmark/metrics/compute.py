"""Metrics over scores: a value with its standard error, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchmark.interfaces.errors import OneSidedLabels, PluginConflict
from benchmark.interfaces.outcome import Measure
from benchmark.interfaces.specs import MetricSpec
from benchmark.registry import Catalogue

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Scores


def compute_metrics(
    metrics: Catalogue[MetricSpec], names: Iterable[str], y: BoolArray, scores: Scores
) -> tuple[dict[str, Measure], dict[str, str]]:
    """Compute some of the metrics on offer over the scores of one rule.

    Parameters
    ----------
    names : iterable of str
        Which metrics.
    y : ndarray of bool, shape (n,)
        True = anomalous.
    scores : ndarray of float64, shape (n,)
        Those that passed the audit.

    Returns
    -------
    measures : dict of str to Measure
        Metric -> a finite value.
    problems : dict of str to str
        Metric -> why it has no value: a failing third-party metric loses only its own value.
    """
    y, scores = y.view(), scores.view()
    y.flags.writeable = scores.flags.writeable = (
        False  # a metric that sorts in place must not change what the next one gets
    )
    measures: dict[str, Measure] = {}
    problems: dict[str, str] = {}
    for name in names:
        try:
            result = try_metric(metrics[name], y, scores)
        except PluginConflict as problem:
            result = str(problem)
        if isinstance(result, Measure):
            measures[name] = result
        else:
            problems[name] = result
    return measures, problems


def try_metric(metric: MetricSpec, y: BoolArray, scores: Scores, *, with_error: bool = True) -> Measure | str:
    """Return what a metric gives, or the error message where it gives nothing, whatever it raises."""
    try:
        value = float(metric.compute(y, scores))
        error = metric.standard_error(y, scores) if with_error else None
        if not math.isfinite(value):
            raise ArithmeticError(f"{value} is no number for a board")
        return Measure(value, None if error is None or not 0 <= error < math.inf else float(error))
    except OneSidedLabels as problem:
        return str(problem)
    except Exception as problem:  # noqa: BLE001 - a plugin may raise anything
        return f"metric {metric.name!r}: {type(problem).__name__}: {problem}"
