"""Two curves of a metric over a parameter: one detector is trained once for all values, the other once for each value.

The first is conditioned on the parameter, as in Dosovitskiy and Djolonga (2020), *You Only Train Once: Loss-Conditional
Training of Deep Networks*, ICLR.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench_tradeoff.cost import fit_seconds, wall_seconds
from bench_tradeoff.sweep import Family, family, is_number, rounded, sources, swept, trained
from benchmark import BenchError, Board, MetricSpec, Outcome
from benchmark.plugin import Row, join


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The result at one value of the parameter.

    Attributes
    ----------
    mean : float
        Over tasks, of the mean over seeds; in the metric's unit, a fraction for ROC-AUC.
    std : float or None
        Over seeds; in the same unit.
    tasks : mapping of str to float
        Task -> mean over seeds.
    """

    value: float
    mean: float
    std: float | None
    tasks: Mapping[str, float]
    seeds: int
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The results of a detector at the values that were chosen without labels.

    Attributes
    ----------
    tasks : mapping of str to float or None
        Task -> mean over seeds; None where the detector was not trained at the chosen value.
    mean : float or None
        Over tasks.
    regret : float or None
        By how much `mean` is worse than the mean at the best value for all tasks (an oracle).
    task_regrets : mapping of str to float or None
        Task -> by how much its result is worse than at the best value for this task (an oracle).
    task_regret : float or None
        Mean of `task_regrets`.
    """

    tasks: Mapping[str, float | None]
    mean: float | None
    regret: float | None
    task_regrets: Mapping[str, float | None]
    task_regret: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveCost:
    """The cost of the trials of a curve.

    Attributes
    ----------
    trials : int
        Over all values, tasks and seeds.
    fit_seconds : float or None
        Sum over the trials.
    wall_seconds : float
        For how long at least one of them was running.
    value_fit_seconds, curve_fit_seconds : float or None
        All tasks with one seed: for one value (the mean over values), and for all values.
    """

    trials: int
    fit_seconds: float | None
    wall_seconds: float
    value_fit_seconds: float | None
    curve_fit_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The complete values of a detector, in order.

    Attributes
    ----------
    oracle : Point
        The best value for all tasks: it is chosen with test labels.
    task_oracles : mapping of str to Point
        Task -> the best value for it, chosen with test labels too.
    """

    detector: str
    non_default: Mapping[str, Any]
    points: tuple[Point, ...]
    oracle: Point
    task_oracles: Mapping[str, Point]
    choice: Choice
    cost: CurveCost

    def at(self, value: float) -> Point | None:
        """Return the point at a value; None if the detector was not trained, or does not score, at it."""
        return next((point for point in self.points if point.value == value), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tradeoff:
    """Two curves over one parameter, on one dataset.

    Attributes
    ----------
    chosen : mapping of str to tuple of float or None
        Task -> the value that the conditioned detector chose without labels, for each of its seeds; None if it reports
        none.
    oracle_gap : float
        By how much the best mean of the conditioned detector is better than that of the separate one; both are oracles.
    footnotes : tuple of str
        On the data, and on outcomes that the board does not show.
    remarks : tuple of str
        What was left out, and why.
    """

    dataset: str
    metric: MetricSpec
    validation: bool
    tasks: tuple[str, ...]
    parameter: str
    conditioned: Curve
    separate: Curve
    chosen: Mapping[str, tuple[float | None, ...]]
    oracle_gap: float
    footnotes: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """The values of either curve, in order."""
        return tuple(sorted({point.value for curve in (self.conditioned, self.separate) for point in curve.points}))

    @property
    def cost_ratios(self) -> tuple[float | None, float | None]:
        """Fit seconds of the conditioned detector, divided by those of the separate one at one value and at all values.

        Both are for one seed. None if a fit was not timed.
        """
        once, cost = self.conditioned.cost.value_fit_seconds, self.separate.cost
        one, every = cost.value_fit_seconds, cost.curve_fit_seconds
        return (once / one if once and one else None, once / every if once and every else None)


def make_tradeoff(board: Board, *, conditioned: str, separate: str) -> Tradeoff:
    """Return the two curves that a board holds.

    If a detector has several sets of parameters (without the swept one), `sweep.family` chooses one.

    Parameters
    ----------
    board : Board
        With a row for each rule.
    conditioned : str
        A detector with rules named `PARAMETER=VALUE`. Its first rule scores at the value that it chose without labels.
    separate : str
        A detector with a parameter of that name.

    Raises
    ------
    BenchError
        If a detector has no outcome, is complete at no value, or does not have the parameter.
    """
    flag = " --validation-only" if board.validation else ""
    run = f"bench run --dataset {board.dataset}{flag} --detector"
    once = family(board, conditioned, fix=f"{run} {conditioned}")
    primary, parameter, at_rules = swept(once.rows, conditioned)
    sweep = f"--set {parameter}={','.join(f'{value:g}' for value in sorted(at_rules))}"
    anew = family(board, separate, fix=f"{run} {separate} {sweep}", without=parameter)
    at_params = trained(anew.rows, parameter, names=(conditioned, separate))

    sign = 1 if board.metric.higher_is_better else -1
    rules, trainings = _points(at_rules, conditioned, parameter), _points(at_params, separate, parameter)
    chosen = {task: _facts(primary.outcomes, task, parameter) for task in board.tasks}
    at_chosen = {task: _trained_at(trainings, task, chosen[task]) for task in board.tasks}
    curves = (
        _curve(once, rules, primary.tasks, _cost([primary]), sign),
        _curve(anew, trainings, at_chosen, _cost([at_params[point.value] for point in trainings]), sign),
    )
    return Tradeoff(
        dataset=board.dataset,
        metric=board.metric,
        validation=board.validation,
        tasks=board.tasks,
        parameter=parameter,
        conditioned=curves[0],
        separate=curves[1],
        chosen=chosen,
        oracle_gap=sign * (curves[0].oracle.mean - curves[1].oracle.mean),
        footnotes=board.footnotes,
        remarks=(
            *once.notes,
            *anew.notes,
            *_missing(at_rules, conditioned, parameter),
            *_missing(at_params, separate, parameter),
            *sources(at_params, separate),
            *(f"{conditioned}: {join(notes)}" for notes in [primary.notes] if notes),
            *(f"{separate} at {parameter}={v:g}: {join(row.notes)}" for v, row in at_params.items() if row.notes),
        ),
    )


def _points(rows: Mapping[float, Row], detector: str, parameter: str) -> tuple[Point, ...]:
    points = tuple(
        Point(
            value=value,
            mean=row.mean,
            std=row.std,
            tasks={task: number for task, number in row.tasks.items() if number is not None},
            seeds=row.seeds,
            trials=len(row.outcomes),
        )
        for value, row in sorted(rows.items())
        if row.mean is not None
    )
    if not points:
        alike = {row.missing for row in rows.values()}
        each = [f"{parameter}={value:g}: {join(row.missing)}" for value, row in rows.items()]
        missing = alike.pop() if len(alike) == 1 else each
        raise BenchError(f"{detector!r} is complete at no value of {parameter!r}; missing: {join(missing)}")
    return points


def _missing(rows: Mapping[float, Row], detector: str, parameter: str) -> tuple[str, ...]:
    return tuple(
        f"{detector} at {parameter}={value:g} is not in the curve or the cost; missing: {join(row.missing)}"
        for value, row in rows.items()
        if row.missing
    )


def _facts(outcomes: Sequence[Outcome], task: str, name: str) -> tuple[float | None, ...]:
    facts = [o.facts.get(name) for o in sorted(outcomes, key=lambda o: o.trial.seed) if o.trial.task == task]
    return tuple(rounded(fact) if fact is not None and is_number(fact) else None for fact in facts)


def _trained_at(points: Sequence[Point], task: str, values: Sequence[float | None]) -> float | None:
    by_value = {point.value: point.tasks[task] for point in points}
    return mean_of_all([None if value is None else by_value.get(value) for value in values])


def _curve(
    of: Family, points: tuple[Point, ...], tasks: Mapping[str, float | None], cost: CurveCost, sign: int
) -> Curve:
    """Return the curve; `tasks` has the results at the values that were chosen without labels."""
    oracle = max(points, key=lambda point: sign * point.mean)
    best = {task: max(points, key=lambda point: sign * point.tasks[task]) for task in tasks}
    mean = mean_of_all(list(tasks.values()))
    short = {task: None if got is None else sign * (best[task].tasks[task] - got) for task, got in tasks.items()}
    return Curve(
        detector=of.detector,
        non_default=of.non_default,
        points=points,
        oracle=oracle,
        task_oracles=best,
        choice=Choice(
            tasks=tasks,
            mean=mean,
            regret=None if mean is None else sign * (oracle.mean - mean),
            task_regrets=short,
            task_regret=mean_of_all(list(short.values())),
        ),
        cost=cost,
    )


def _cost(rows: Sequence[Row]) -> CurveCost:
    outcomes = [outcome for row in rows for outcome in row.outcomes]
    fits = [fit_seconds(row.outcomes) for row in rows]
    once = mean_of_all([None if fit is None else fit / row.seeds for fit, row in zip(fits, rows, strict=True)])
    return CurveCost(
        trials=len(outcomes),
        fit_seconds=fit_seconds(outcomes),
        wall_seconds=wall_seconds(outcomes),
        value_fit_seconds=once,
        curve_fit_seconds=None if once is None else once * len(rows),
    )


def mean_of_all(values: Sequence[float | None]) -> float | None:
    """Return the mean; None if there are no values, or one is None."""
    numbers = [value for value in values if value is not None]
    return statistics.fmean(numbers) if numbers and len(numbers) == len(values) else None
