"""The board: all outcomes on one dataset under one protocol, one row for each detector and set of parameters."""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.interfaces.specs import MetricSpec
from benchmark.report.makings import asked, shown
from benchmark.report.verdict import Comparison
from benchmark.trial import Outcome, canonical_json

__all__ = ["Board", "Chosen", "Row", "Section", "complete_mean", "make_board", "make_row", "ranked"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What test labels chose for a row that is an oracle.

    Attributes
    ----------
    settings : int
        How many there were to choose from.
    tasks : mapping of str to (mapping of int to mapping)
        Task -> seed -> the chosen values of the parameters that the settings differ in; without what has no number.
    """

    settings: int
    tasks: Mapping[str, Mapping[int, Mapping[str, Any]]]


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
    chosen : Chosen or None
        Of an oracle row alone; its `params` are those that all settings share.
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
    chosen: Chosen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rows that stand apart from the others of a board and are ranked among themselves alone.

    Attributes
    ----------
    name : str
        What marks its rows where all rows of a board are in one list.
    title, remark : str
        Its heading; what a reader must know of its rows.
    """

    name: str
    title: str
    remark: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Rows in order of rank, those without a mean last; and what stands apart."""

    dataset: str
    metric: MetricSpec
    validation: bool
    tasks: tuple[str, ...]
    footnotes: tuple[str, ...]
    rows: tuple[Row, ...]
    apart: tuple[Section, ...] = ()

    @property
    def every_row(self) -> tuple[Row, ...]:
        """The rows, then those of each section."""
        return (*self.rows, *(row for section in self.apart for row in section.rows))


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
        groups.setdefault(canonical_json(asked(outcome.trial)), []).append(outcome)
    rows = []
    for group in groups.values():
        making, left_out = shown(group, tasks)
        rules_shown = making[0].trial.rules if rules else making[0].trial.rules[:1]
        rows += [
            make_row(making, rule, metric, tasks, settings=settings(making[0]), remarks=left_out)
            for rule in rules_shown
        ]
    footnotes = tuple(dict.fromkeys(outcome.task.footnote for outcome in chosen if outcome.task.footnote))
    return Board(
        dataset=dataset,
        metric=metric,
        validation=validation,
        tasks=tasks,
        footnotes=footnotes,
        rows=ranked(rows, metric),
    )


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
        notes=(*remarks, *sorted({f"{o.trial.task}: {note}" for o in making for note in o.notes})),
        fit_seconds=complete_mean([o.cost.fit_seconds for o in making if o.cost.fit_seconds is not None]),
        score_seconds=complete_mean([o.cost.score_seconds for o in making if o.cost.score_seconds is not None]),
        outcomes=tuple(making),
    )


def complete_mean(values: Sequence[float | None]) -> float | None:
    """Return the mean; None if there is nothing to average, or something that is no number."""
    numbers = [value for value in values if value is not None]
    return statistics.fmean(numbers) if numbers and len(numbers) == len(values) else None


def ranked(rows: Sequence[Row], metric: MetricSpec) -> tuple[Row, ...]:
    """Return rows in order of rank, those without a mean last."""
    sign = -1 if metric.higher_is_better else 1
    complete = sorted((row for row in rows if row.mean is not None), key=lambda row: sign * (row.mean or 0.0))
    placed: list[Row] = []
    for index, row in enumerate(complete):
        tied = bool(placed) and placed[-1].mean == row.mean
        placed.append(dataclasses.replace(row, rank=placed[-1].rank if tied else index + 1))
    incomplete = sorted((row for row in rows if row.mean is None), key=lambda row: (row.detector, row.settings))
    return (*placed, *incomplete)
