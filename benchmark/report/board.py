"""The board: all outcomes on one dataset under one protocol, one row for each detector and set of parameters."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from benchmark.interfaces.specs import MetricSpec
from benchmark.report import canaries
from benchmark.report.makings import asked, shown
from benchmark.report.missing import missing
from benchmark.report.row import Board, Chosen, Row, Section, complete_mean
from benchmark.statistics.paired import DIGITS
from benchmark.trial import Outcome, canonical_json

__all__ = ["Board", "Chosen", "Row", "Section", "complete_mean", "make_board", "make_row", "ranked"]


def make_board(
    dataset: str,
    outcomes: Iterable[Outcome],
    metric: MetricSpec,
    *,
    settings: Callable[[Outcome], str],
    rules: bool = False,
    validation: bool = False,
) -> Board:
    """Rank outcomes by a metric; what the canaries were worth stands apart, where it is known by that metric.

    Parameters
    ----------
    outcomes : iterable of Outcome
        The latest of each trial under each source, oldest first.
    settings : callable
        Outcome -> the text that tells its row from others of the same detector.
    rules : bool
        A row for each rule, not only for the primary one.
    validation : bool
        Only what was judged on held-out training images, instead of only what was judged on test images.
    """
    chosen = [o for o in outcomes if o.trial.dataset == dataset and o.trial.validation_only == validation]
    tasks = tuple(dict.fromkeys(name for outcome in reversed(chosen) for name in outcome.task.tasks))
    groups: dict[str, list[Outcome]] = {}
    for outcome in chosen:
        groups.setdefault(canonical_json(asked(outcome.trial)), []).append(outcome)
    rows = []
    for group in groups.values():
        making, left_out = shown(group, tasks)
        rules_shown = making[0].trial.rules if rules else making[0].trial.rules[:1]
        rows += [
            make_row(making, rule, metric, tasks, settings=settings(making[0]), remarks=left_out)
            for rule in rules_shown
        ]
    apart = None
    if metric.name == canaries.METRIC and not validation:
        apart = canaries.canary_section([outcome for row in rows for outcome in row.outcomes], tasks)
    footnotes = tuple(dict.fromkeys(outcome.task.footnote for outcome in chosen if outcome.task.footnote))
    return Board(
        dataset=dataset,
        metric=metric,
        validation=validation,
        tasks=tasks,
        footnotes=footnotes,
        rows=ranked(rows, metric),
        apart=() if apart is None else (apart,),
    )


def make_row(
    making: Sequence[Outcome],
    rule: str,
    metric: MetricSpec,
    tasks: Sequence[str],
    *,
    settings: str,
    remarks: Sequence[str],
) -> Row:
    """Return the row, not ranked yet, of outcomes that differ in task and seed alone."""

    def value(outcome: Outcome) -> float | None:
        measure = outcome.metrics.get(rule, {}).get(metric.name) if outcome.status == "ok" else None
        return None if measure is None else measure.value

    seeds = sorted({outcome.trial.seed for outcome in making})
    by_place = {(o.trial.task, o.trial.seed): value(o) for o in making}
    by_task = {task: [by_place.get((task, seed)) for seed in seeds] for task in tasks}
    counts = [fact for o in making if isinstance(fact := o.facts.get("parameters"), (int, float))]
    peaks = [o.cost.peak_memory_mib for o in making if o.cost.peak_memory_mib is not None]
    lacking = missing(making, tasks, lambda outcome: value(outcome) is not None)
    by_seed = [complete_mean([value(o) for o in making if o.trial.seed == seed]) for seed in seeds]
    complete = [mean for mean in by_seed if mean is not None] if not lacking else []
    return Row(
        rank=None,
        detector=making[0].trial.detector,
        rule=rule,
        params=making[0].trial.params,
        settings=settings,
        mean=complete_mean(complete),
        std=statistics.stdev(complete) if len(complete) > 1 else None,
        tasks={task: complete_mean(values) for task, values in by_task.items()},
        seeds=len(seeds),
        status=dict(sorted(Counter(outcome.status for outcome in making).items())),
        missing=lacking,
        notes=(*remarks, *sorted({f"{o.trial.task}: {note}" for o in making for note in o.notes})),
        fit_seconds=complete_mean([o.cost.fit_seconds for o in making if o.cost.fit_seconds is not None]),
        score_seconds=complete_mean([o.cost.score_seconds for o in making if o.cost.score_seconds is not None]),
        outcomes=tuple(making),
        parameter_count=complete_mean([count for count in counts if math.isfinite(count)]),
        peak_memory_mib=max(peaks, default=None),
    )


def ranked(rows: Sequence[Row], metric: MetricSpec) -> tuple[Row, ...]:
    """Return rows in order of rank, those without a mean last."""
    sign = -1 if metric.higher_is_better else 1
    # The order of a sum is no difference: equal means share a rank, as they do in its interval.
    complete = sorted(
        (row for row in rows if row.mean is not None), key=lambda row: sign * round(row.mean or 0.0, DIGITS)
    )
    placed: list[Row] = []
    for index, row in enumerate(complete):
        tied = bool(placed) and round(placed[-1].mean or 0.0, DIGITS) == round(row.mean or 0.0, DIGITS)
        placed.append(dataclasses.replace(row, rank=placed[-1].rank if tied else index + 1))
    incomplete = sorted((row for row in rows if row.mean is None), key=lambda row: (row.detector, row.settings))
    return (*placed, *incomplete)
