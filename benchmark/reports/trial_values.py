"""The trials behind a cell: seed, value, and the intervals for other test images and for other anomalous classes."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.interfaces.outcome import Measure
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.intervals import logit_interval
from benchmark.reports.board import Row


@dataclass(frozen=True, slots=True)
class TrialValue:
    """A trial's value, and its 95 % intervals, None where they are unknown.

    Attributes
    ----------
    interval : tuple of float, or None
        For another sample of test images of the same classes.
    class_interval : tuple of float, or None
        For other classes of anomalies.
    """

    seed: int
    value: float
    interval: tuple[float, float] | None
    class_interval: tuple[float, float] | None


def trial_values(row: Row, task: str, metric: MetricSpec) -> tuple[TrialValue, ...]:
    """Return the trials of a row on a task that have a number, by seed."""
    values = []
    for outcome in sorted(row.outcomes, key=lambda outcome: outcome.trial.seed):
        measure = outcome.measure(row.rule, metric.name)
        if outcome.trial.task == task and measure is not None:
            intervals = interval_of(measure, metric), class_interval_of(measure, metric)
            values.append(TrialValue(outcome.trial.seed, measure.value, *intervals))
    return tuple(values)


def interval_of(measure: Measure, metric: MetricSpec) -> tuple[float, float] | None:
    """Return the 95 % interval for other images of the same classes; None where there is none."""
    return _interval(measure.value, measure.standard_error, metric)


def class_interval_of(measure: Measure, metric: MetricSpec) -> tuple[float, float] | None:
    """Return the 95 % interval for other classes of anomalies; None where there is none.

    It is that of Student's t with one degree of freedom less than there are classes.
    """
    if measure.classes is None or measure.classes < 2:
        return None
    return _interval(measure.value, measure.class_error, metric, freedom=measure.classes - 1)


def _interval(
    value: float, error: float | None, metric: MetricSpec, *, freedom: float | None = None
) -> tuple[float, float] | None:
    """Return the 95 % interval of a metric that ranges from 0 to 1."""
    if metric.range != (0.0, 1.0):
        return None
    try:
        return logit_interval(value, error, freedom=freedom)
    except ValueError:  # a metric that leaves its own range
        return None
