"""Two detectors on one task: both numbers, and their difference with each image paired with itself."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.outcome import Measure, Outcome, ScoredSet
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.by_class import paired_class_error
from benchmark.metrics.compute import try_metric
from benchmark.metrics.intervals import paired_delong
from benchmark.metrics.student import student_quantile
from benchmark.reports.board import complete_mean
from benchmark.reports.comparison.disagreement import (
    Disagreement,
    Thresholded,
    disagreement,
    mean_of_ranks,
    summed,
)
from benchmark.reports.thresholds import Threshold, label_free
from benchmark.reports.trial_values import interval_of

ReadSets = Callable[[Outcome], Mapping[str, ScoredSet]]
"""An outcome without its scores -> its scored sets."""

LEVEL = 0.975
"""Of the quantiles of two-sided 95 % intervals."""

Z = statistics.NormalDist().inv_cdf(LEVEL)

DELONG = "roc_auc"
"""The metric whose differences have an interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % intervals, None where there are none.

    Attributes
    ----------
    interval : tuple of float, or None
        For another sample of test images of the same classes.
    class_interval : tuple of float, or None
        For other classes of anomalies. Of differences alone.
    """

    value: float
    interval: tuple[float, float] | None
    class_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedTask:
    """Two detectors on one task, each number a mean over the seeds that both have.

    Attributes
    ----------
    difference : Estimate
        The first less the second.
    mean_of_ranks : float or None
        The metric of the mean of their ranks.
    thresholds : tuple of (Threshold or str, Threshold or str)
        For each seed, of the first and of the second; a text says why there is none.
    disagreement : Disagreement or None
        Summed over seeds; None where a threshold is missing.
    """

    task: str
    seeds: tuple[int, ...]
    a: Estimate
    b: Estimate
    difference: Estimate
    mean_of_ranks: float | None
    thresholds: tuple[tuple[Threshold | str, Threshold | str], ...]
    disagreement: Disagreement | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two outcomes of one task and seed, and the rule of each."""

    outcomes: tuple[Outcome, Outcome]
    rules: tuple[str, str]


def paired_task(metric: MetricSpec, pairs: Sequence[Pair], read: ReadSets) -> PairedTask:
    """Compare two detectors on one task, seed by seed.

    Over several seeds the standard error is the mean of theirs. The seeds are judged on the same images, so their
    errors are correlated, and the error of a mean is never above the mean of the errors.

    Raises
    ------
    InvalidRequest
        If scores are not kept, or are not of the same images.
    """
    parts = [_part(metric, pair, read) for pair in pairs]
    a, b = (
        _estimate(metric, [pair.outcomes[side].metrics[pair.rules[side]][metric.name] for pair in pairs])
        for side in (0, 1)
    )
    difference = a.value - b.value
    error, class_error = (
        complete_mean(errors)
        for errors in zip(*((part.standard_error, part.class_error) for part in parts), strict=True)
    )
    places = [pair.outcomes[0].trial for pair in pairs]
    apart = [part.disagreement for part in parts if part.disagreement is not None]
    return PairedTask(
        task=places[0].task,
        seeds=tuple(place.seed for place in places),
        a=a,
        b=b,
        difference=Estimate(
            difference,
            _around(difference, error, Z),
            _around(difference, class_error, student_quantile(LEVEL, parts[0].classes - 1) if class_error else Z),
        ),
        mean_of_ranks=complete_mean([part.mean_of_ranks for part in parts]),
        thresholds=tuple(part.thresholds for part in parts),
        disagreement=summed(apart) if len(apart) == len(parts) else None,
    )


def _around(value: float, error: float | None, quantile: float) -> tuple[float, float] | None:
    # An error of 0 only says that these images agree.
    return (value - quantile * error, value + quantile * error) if error else None


def _estimate(metric: MetricSpec, measures: Sequence[Measure]) -> Estimate:
    value = statistics.fmean(measure.value for measure in measures)
    error = complete_mean([measure.standard_error for measure in measures])
    return Estimate(value, interval_of(Measure(value, error), metric))


@dataclass(frozen=True, slots=True)
class _Part:
    """The values computed from the scores of a pair."""

    standard_error: float | None
    class_error: float | None
    classes: int
    mean_of_ranks: float | None
    thresholds: tuple[Threshold | str, Threshold | str]
    disagreement: Disagreement | None


def _part(metric: MetricSpec, pair: Pair, read: ReadSets) -> _Part:
    first, second = pair.outcomes
    sets = (read(first), read(second))
    tests = [_judged(outcome, each) for outcome, each in zip(pair.outcomes, sets, strict=True)]
    y = tests[0].y
    if first.trial.fingerprint != second.trial.fingerprint or not np.array_equal(y, tests[1].y):
        raise InvalidRequest(
            f"{_named(first)} and {_named(second)} did not score the same images, so images cannot be paired"
        )
    a, b = (test.of(rule) for test, rule in zip(tests, pair.rules, strict=True))
    above_a, above_b = (
        label_free(each, rule, judged_on=first.trial.judged_on) for each, rule in zip(sets, pair.rules, strict=True)
    )
    ranked = try_metric(metric, y, mean_of_ranks(a, b), with_error=False)
    labels, apart = tests[0].labels, None
    if isinstance(above_a, Threshold) and isinstance(above_b, Threshold):
        classes = (labels, first.task.classes)
        sides = Thresholded(a, above_a.value), Thresholded(b, above_b.value)
        apart = disagreement(y, classes, *sides, seed=first.trial.seed)
    return _Part(
        standard_error=paired_delong(y, a, b)[1] if metric.name == DELONG else None,
        class_error=paired_class_error(y, labels, a, b) if metric.name == DELONG else None,
        classes=len(np.unique(labels[y])),
        mean_of_ranks=ranked.value if isinstance(ranked, Measure) else None,  # a metric may not take ranks
        thresholds=(above_a, above_b),
        disagreement=apart,
    )


def _judged(outcome: Outcome, sets: Mapping[str, ScoredSet]) -> ScoredSet:
    if outcome.trial.judged_on not in sets:
        raise InvalidRequest(f"the store has no scores of {_named(outcome)}; run it again with --force")
    return sets[outcome.trial.judged_on]


def _named(outcome: Outcome) -> str:
    return f"{outcome.trial} (trial {outcome.trial.id[:12]}, data {outcome.trial.fingerprint[:12]})"
