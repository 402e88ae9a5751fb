"""The trials behind a cell: seed, value, and the interval that covers the sampling of test images."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.interfaces.outcome import Measure
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.intervals import logit_interval
from benchmark.reports.board import Row


@dataclass(frozen=True, slots=True)
class TrialValue:
    """A trial's value, and its 95 % interval (sampling of test images), None where it is unknown."""

    seed: int
    value: float
    interval: tuple[float, float] | None


def trial_values(row: Row, task: str, metric: MetricSpec) -> tuple[TrialValue, ...]:
    """Return the trials of a row on a task that have a number, by seed."""
    values = []
    for outcome in sorted(row.outcomes, key=lambda outcome: outcome.trial.seed):
        measure = outcome.measure(row.rule, metric.name)
        if outcome.trial.task == task and measure is not None:
            values.append(TrialValue(outcome.trial.seed, measure.value, interval_of(measure, metric)))
    return tuple(values)


def interval_of(measure: Measure, metric: MetricSpec) -> tuple[float, float] | None:
    """Return the 95 % interval of a metric that ranges from 0 to 1; None where there is none."""
    if metric.range != (0.0, 1.0):
        return None
    try:
        return logit_interval(measure.value, measure.standard_error)
    except ValueError:  # a metric that leaves its own range
        return None
