"""What each trial behind a cell gave: its seed, its value, and how far another test set might have moved it."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.interfaces.specs import MetricSpec
from benchmark.report.row import Row
from benchmark.statistics.intervals import logit_interval
from benchmark.trial import Measure

__all__ = ["TrialValue", "interval_of", "trial_values"]


@dataclass(frozen=True, slots=True)
class TrialValue:
    """A trial's value, and its 95 % interval over the drawing of test images where that is known."""

    seed: int
    value: float
    interval: tuple[float, float] | None


def trial_values(row: Row, task: str, metric: MetricSpec) -> tuple[TrialValue, ...]:
    """Return the trials of a row on a task that have a number, by seed."""
    found = []
    of_task = [outcome for outcome in row.outcomes if outcome.trial.task == task and outcome.status == "ok"]
    for outcome in sorted(of_task, key=lambda outcome: outcome.trial.seed):
        measure = outcome.metrics.get(row.rule, {}).get(metric.name)
        if measure is not None:
            found.append(TrialValue(outcome.trial.seed, measure.value, interval_of(measure, metric)))
    return tuple(found)


def interval_of(measure: Measure, metric: MetricSpec) -> tuple[float, float] | None:
    """Return the 95 % interval of a metric that ranges from 0 to 1; None where there is none."""
    if metric.range != (0.0, 1.0):
        return None
    try:
        return logit_interval(measure.value, measure.standard_error)
    except ValueError:  # a metric that leaves its own range
        return None
