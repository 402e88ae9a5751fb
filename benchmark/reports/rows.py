"""Outcomes -> ranked rows -> the board: all outcomes on one dataset under one protocol."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.specs import MetricSpec
from benchmark.interfaces.trial import canonical_json
from benchmark.metrics.paired_tests import DIGITS
from benchmark.reports.baselines import METRIC as BASELINE_METRIC
from benchmark.reports.baselines import baselines
from benchmark.reports.board import Board, Row, complete_mean
from benchmark.reports.machines import machine_notes
from benchmark.reports.missing import missing
from benchmark.reports.protocol import newest_protocol
from benchmark.reports.row_cost import mean_cpu_seconds, mean_seconds
from benchmark.reports.settings import assignments
from benchmark.reports.uncertainty import rank_uncertainty
from benchmark.reports.versions import group_key, newest_complete


def make_board(
    dataset: str,
    outcomes: Iterable[Outcome],
    metric: MetricSpec,
    *,
    non_default: Callable[[Outcome], Mapping[str, Any]],
    is_baseline: Callable[[str], bool] = lambda detector: False,  # noqa: ARG005
    rules: bool = False,
    validation: bool = False,
    repeated: Iterable[Outcome] = (),
) -> Board:
    """Rank outcomes by a metric.

    Parameters
    ----------
    outcomes : iterable of Outcome
        The latest of each trial under each source, oldest first. Of several protocol versions the newest is ranked; a
        footnote counts the outcomes of the others.
    non_default : callable
        Outcome -> its values that are not at their defaults; they distinguish rows of one detector.
    is_baseline : callable
        Detector -> whether it is a baseline; its rows are not ranked.
    rules : bool
        A row for each rule, not only for the primary one.
    validation : bool
        Only outcomes measured on held-out training images, instead of only those measured on test images.
    repeated : iterable of Outcome
        All attempts of trials that were run more than once, to say how much machines and package versions change them.
    """
    of_board = [o for o in outcomes if o.trial.dataset == dataset and o.trial.validation_only == validation]
    chosen, older = newest_protocol(of_board)
    tasks = tuple(dict.fromkeys(name for outcome in reversed(chosen) for name in outcome.task.tasks))
    groups: dict[str, list[Outcome]] = {}
    for outcome in chosen:
        groups.setdefault(canonical_json(group_key(outcome.trial)), []).append(outcome)
    rows = []
    for group in groups.values():
        shown, notes = newest_complete(group, tasks)
        trial, values = shown[0].trial, non_default(shown[0])
        for rule in trial.rules if rules else [trial.primary_rule]:
            row = make_row(shown, rule, metric, tasks)
            rows.append(dataclasses.replace(row, non_default=values, notes=(*notes, *row.notes)))
    outcome_baselines = baselines((o for row in rows for o in row.outcomes), tasks)
    baseline_rows = [dataclasses.replace(row, is_baseline=True) for row in rows if is_baseline(row.detector)]
    rows = [row for row in rows if not is_baseline(row.detector)]
    has_baselines = metric.name == BASELINE_METRIC and not validation
    uncertainty = rank_uncertainty(ordered := ranked(rows, metric), metric, tasks)
    return Board(
        dataset=dataset,
        metric=metric,
        validation=validation,
        tasks=tasks,
        footnotes=tuple(dict.fromkeys([*(o.task.footnote for o in chosen if o.task.footnote), *older])),
        rows=tuple(
            dataclasses.replace(row, uncertainty=of_row) for row, of_row in zip(ordered, uncertainty.rows, strict=True)
        ),
        uncertainty_note=uncertainty.note,
        seed_remarks=uncertainty.seed_remarks,
        baselines=outcome_baselines if has_baselines else {},
        baseline_rows=tuple(sorted(baseline_rows, key=_by_name)),
        machine_notes=machine_notes([o for row in rows if row.is_primary for o in row.outcomes], repeated, metric),
    )


def make_row(outcomes: Sequence[Outcome], rule: str, metric: MetricSpec, tasks: Sequence[str]) -> Row:
    """Return the row, not ranked yet, of outcomes that differ in task and seed alone; without its settings."""

    def value(outcome: Outcome) -> float | None:
        measure = outcome.measure(rule, metric.name)
        return None if measure is None else measure.value

    trial = outcomes[0].trial
    seeds = sorted({outcome.trial.seed for outcome in outcomes})
    values = {(o.trial.task, o.trial.seed): value(o) for o in outcomes}
    counts = [fact for o in outcomes if isinstance(fact := o.facts.get("parameters"), (int, float))]
    peaks = [o.cost.peak_memory_mib for o in outcomes if o.cost.peak_memory_mib is not None]
    lacking = missing(outcomes, tasks, lambda outcome: value(outcome) is not None)
    by_seed = [complete_mean([value(o) for o in outcomes if o.trial.seed == seed]) for seed in seeds]
    complete = [mean for mean in by_seed if mean is not None] if not lacking else []
    return Row(
        detector=trial.detector,
        rule=rule,
        params=trial.params,
        mean=complete_mean(complete),
        std=statistics.stdev(complete) if len(complete) > 1 else None,
        tasks={task: complete_mean([values.get((task, seed)) for seed in seeds]) for task in tasks},
        seeds=len(seeds),
        status=dict(sorted(Counter(outcome.status for outcome in outcomes).items())),
        missing=lacking,
        notes=tuple(sorted({f"{o.trial.task}: {note}" for o in outcomes for note in o.notes})),
        fit_seconds=mean_seconds(outcomes, lambda cost: cost.fit_seconds),
        score_seconds=mean_seconds(outcomes, lambda cost: cost.score_seconds),
        fit_cpu_seconds=mean_cpu_seconds(outcomes, lambda cost: cost.fit_cpu_seconds, lambda cost: cost.fit_seconds),
        score_cpu_seconds=mean_cpu_seconds(
            outcomes, lambda cost: cost.score_cpu_seconds, lambda cost: cost.score_seconds
        ),
        outcomes=tuple(outcomes),
        parameter_count=complete_mean([count for count in counts if math.isfinite(count)]),
        peak_memory_mib=max(peaks, default=None),
    )


def ranked(rows: Sequence[Row], metric: MetricSpec) -> tuple[Row, ...]:
    """Return rows in order of rank, those without a mean last."""
    sign = -1 if metric.higher_is_better else 1
    # Means that differ by the order of their sum alone are equal and share a rank, as they do in its interval.
    rounded = [(round(sign * row.mean, DIGITS), row) for row in rows if row.mean is not None]
    rounded.sort(key=lambda pair: pair[0])
    means = [mean for mean, _ in rounded]
    complete = [dataclasses.replace(row, rank=means.index(mean) + 1) for mean, row in rounded]
    incomplete = [row for row in rows if row.mean is None]
    return (*complete, *sorted(incomplete, key=_by_name))


def _by_name(row: Row) -> tuple[str, str]:
    return row.detector, assignments(row.non_default)
