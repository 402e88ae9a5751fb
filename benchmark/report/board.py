"""The board: all outcomes on one dataset under one protocol, one row for each detector and set of parameters."""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.interfaces.specs import MetricSpec
from benchmark.report.verdict import Comparison
from benchmark.trial import Outcome, Trial, canonical_json

__all__ = ["Board", "Row", "complete_mean", "make_board"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a board.

    Attributes
    ----------
    rank : int or None
        From 1, equal means share it; None while a task is missing.
    settings : str
        What differs from the detector's defaults and the usual protocol.
    mean, std : float or None
        Mean over tasks of the mean over seeds; deviation over seeds (ddof 1) of the mean over tasks.
    tasks : mapping of str to float or None
        Task -> mean over seeds; None where a trial is missing or has no number.
    seeds : int
        How many seeds the numbers are of.
    status : mapping of str to int
        Trials by status.
    missing : tuple of str
        What keeps the mean away: "3: failed", "5 (seed 1): not run".
    fit_seconds, score_seconds : float or None
        Means over the trials.
    outcomes : tuple of Outcome
        What the row is made of.
    published : Comparison or None
        The row's mean beside the published one, where there is one.
    """

    rank: int | None
    detector: str
    rule: str
    params: Mapping[str, Any]
    settings: str
    mean: float | None
    std: float | None
    tasks: Mapping[str, float | None]
    seeds: int
    status: Mapping[str, int]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    fit_seconds: float | None
    score_seconds: float | None
    outcomes: tuple[Outcome, ...]
    published: Comparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Rows in order of rank; those without a mean come last."""

    dataset: str
    metric: MetricSpec
    validation: bool
    tasks: tuple[str, ...]
    footnotes: tuple[str, ...]
    rows: tuple[Row, ...]


def make_board(
    dataset: str,
    outcomes: Iterable[Outcome],
    metric: MetricSpec,
    *,
    settings: Callable[[Outcome], str],
    rules: bool = False,
    validation: bool = False,
) -> Board:
    """Rank outcomes by a metric.

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
        groups.setdefault(_row_key(outcome.trial), []).append(outcome)
    rows = []
    for group in groups.values():
        making, left_out = _shown(group, tasks)
        rules_shown = making[0].trial.rules if rules else making[0].trial.rules[:1]
        rows += [_row(making, rule, metric, tasks, settings(making[0]), left_out) for rule in rules_shown]
    footnotes = tuple(dict.fromkeys(outcome.task.footnote for outcome in chosen if outcome.task.footnote))
    return Board(
        dataset=dataset,
        metric=metric,
        validation=validation,
        tasks=tasks,
        footnotes=footnotes,
        rows=_ranked(rows, metric),
    )


def _row_key(trial: Trial) -> str:
    plain = trial.to_plain()
    # What made the numbers is not what was asked: of several makings of one row, the newest complete one is shown.
    return canonical_json({k: v for k, v in plain.items() if k not in ("task", "seed", *_MAKING)})


_MAKING = ("detector_version", "framework", "rules", "semantics")


def _making(outcome: Outcome) -> str:
    trial = outcome.trial
    return canonical_json([outcome.source, *(getattr(trial, name) for name in _MAKING)])


def _shown(group: Sequence[Outcome], tasks: Sequence[str]) -> tuple[list[Outcome], tuple[str, ...]]:
    """Return the outcomes that a row is made of, and remarks on those it leaves out.

    Sources are never mixed: the newest making that is complete for some seed is shown, and of it the seeds that were
    run on every task. A seed still under way takes no finished number away. Where nothing is complete, all of the
    newest.
    """
    makings: dict[str, list[Outcome]] = {}
    for outcome in reversed(group):
        makings.setdefault(_making(outcome), []).append(outcome)
    for making in makings.values():
        places = {(o.trial.task, o.trial.seed) for o in making}
        run = Counter(seed for _, seed in places)
        if len(tasks) in run.values():
            newer = len(_newer(group, making))
            partial = (f"newer code was run on {newer} trials and is not shown: not on every task yet",) * bool(newer)
            partial += tuple(
                f"seed {seed} is left out: run on {count} of {len(tasks)} tasks"
                for seed, count in sorted(run.items())
                if count < len(tasks)
            )
            return [o for o in making if run[o.trial.seed] == len(tasks)], partial
    newest = next(iter(makings.values()))
    elsewhere = len({o.trial.task for o in group} - {o.trial.task for o in newest})
    mixed = f"{elsewhere} of the missing tasks were run with another source of the detector, which is not mixed in"
    return newest, (mixed,) * bool(elsewhere)


def _newer(group: Sequence[Outcome], making: Sequence[Outcome]) -> list[Outcome]:
    """Return what was made after the newest of a making, by another."""
    last = max(outcome.finished_at for outcome in making)
    return [outcome for outcome in group if outcome.finished_at > last and _making(outcome) != _making(making[0])]


def _missing(making: Sequence[Outcome], tasks: Sequence[str], measured: Callable[[Outcome], bool]) -> tuple[str, ...]:
    by_place = {(outcome.trial.task, outcome.trial.seed): outcome for outcome in making}
    seeds = sorted({seed for _, seed in by_place})
    found = []
    for task in tasks:
        for seed in seeds:
            outcome = by_place.get((task, seed))
            if outcome is not None and outcome.status == "ok" and measured(outcome):
                continue
            why = "not run" if outcome is None else "no number" if outcome.status == "ok" else outcome.status
            found.append(f"{task}{f' (seed {seed})' if len(seeds) > 1 else ''}: {why}")
    return tuple(found)


def _row(
    making: Sequence[Outcome],
    rule: str,
    metric: MetricSpec,
    tasks: Sequence[str],
    settings: str,
    left_out: tuple[str, ...],
) -> Row:
    def value(outcome: Outcome) -> float | None:
        measure = outcome.metrics.get(rule, {}).get(metric.name) if outcome.status == "ok" else None
        return None if measure is None else measure.value

    seeds = sorted({outcome.trial.seed for outcome in making})
    by_task = {task: [value(o) for o in making if o.trial.task == task] for task in tasks}
    missing = _missing(making, tasks, lambda outcome: value(outcome) is not None)
    by_seed = [complete_mean([value(o) for o in making if o.trial.seed == seed]) for seed in seeds]
    complete = [mean for mean in by_seed if mean is not None] if not missing else []
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
        missing=missing,
        notes=(*left_out, *sorted({f"{o.trial.task}: {note}" for o in making for note in o.notes})),
        fit_seconds=complete_mean([o.cost.fit_seconds for o in making if o.cost.fit_seconds is not None]),
        score_seconds=complete_mean([o.cost.score_seconds for o in making if o.cost.score_seconds is not None]),
        outcomes=tuple(making),
    )


def complete_mean(values: Sequence[float | None]) -> float | None:
    """Return the mean; None if there is nothing to average, or something that is no number."""
    numbers = [value for value in values if value is not None]
    return statistics.fmean(numbers) if numbers and len(numbers) == len(values) else None


def _ranked(rows: Sequence[Row], metric: MetricSpec) -> tuple[Row, ...]:
    sign = -1 if metric.higher_is_better else 1
    complete = sorted((row for row in rows if row.mean is not None), key=lambda row: sign * (row.mean or 0.0))
    ranked: list[Row] = []
    for index, row in enumerate(complete):
        tied = bool(ranked) and ranked[-1].mean == row.mean
        ranked.append(dataclasses.replace(row, rank=ranked[-1].rank if tied else index + 1))
    incomplete = sorted((row for row in rows if row.mean is None), key=lambda row: (row.detector, row.settings))
    return (*ranked, *incomplete)
