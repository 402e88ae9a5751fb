"""Baselines: the ROC-AUC of scores that learn nothing, on a board's tasks."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from benchmark.interfaces.outcome import Outcome
from benchmark.reports.board import Baseline, complete_mean

METRIC = "roc_auc"
"""The metric of an outcome's baselines."""


def baselines(outcomes: Iterable[Outcome], tasks: Sequence[str]) -> dict[str, Baseline]:
    """Return name -> ROC-AUC by task, the mean over the outcomes that have it."""
    values: dict[str, dict[str, list[float]]] = {}
    for outcome in outcomes:
        for name, value in outcome.baselines.items():
            if isinstance(value, (int, float)) and math.isfinite(value):
                values.setdefault(name, {}).setdefault(outcome.trial.task, []).append(value)
    result = {}
    for name, by_task in values.items():
        means = {task: statistics.fmean(by_task[task]) if task in by_task else None for task in tasks}
        result[name] = Baseline(complete_mean(list(means.values())), means)
    return result
