"""Metrics over scores: a value with its standard error, or the sentence that says why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchmark.interfaces.errors import OneSidedLabels, PluginConflict
from benchmark.interfaces.specs import MetricSpec
from benchmark.registry import Offers
from benchmark.trial import Measure

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Scores

__all__ = ["measured"]


def measured(
    metrics: Offers[MetricSpec], names: Iterable[str], y: BoolArray, scores: Scores
) -> tuple[dict[str, Measure], dict[str, str]]:
    """Measure the scores of one rule by some of the metrics on offer.

    Parameters
    ----------
    names : iterable of str
        Which metrics.
    y : ndarray of bool, shape (n,)
        True = anomalous.
    scores : ndarray of float64, shape (n,)
        As the audit has let them pass.

    Returns
    -------
    measures : dict of str to Measure
        Metric -> a finite value.
    problems : dict of str to str
        Metric -> why it gives none: a metric may be a stranger's, and costs its own number only.
    """
    import numpy as np

    y, scores = y.view(), scores.view()
    y.flags.writeable = scores.flags.writeable = False  # a metric that sorts them in place would spoil the next one's
    measures: dict[str, Measure] = {}
    problems: dict[str, str] = {}
    for name in names:
        try:
            spec = metrics[name]
            value, error = float(spec.compute(y, scores)), spec.standard_error(y, scores)
            if not np.isfinite(value):
                raise ArithmeticError(f"{value} is no number for a board")
            measures[name] = Measure(value, None if error is None or not 0 <= error < np.inf else float(error))
        except (OneSidedLabels, PluginConflict) as problem:
            problems[name] = str(problem)
        except Exception as problem:  # noqa: BLE001 - a stranger's code may raise anything
            problems[name] = f"metric {name!r}: {type(problem).__name__}: {problem}"
    return measures, problems
