"""Two rows of a board side by side: task by task with intervals, over the tasks, and image by image."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.paired_difference import Difference, SeedsNeeded, mean_difference, seeds_needed
from benchmark.metrics.paired_tests import DIGITS, wilcoxon
from benchmark.reports.board import Board, Row, complete_mean
from benchmark.reports.comparison.disagreement import Disagreement, summed
from benchmark.reports.comparison.pairing import Pair, PairedTask, ReadSets, paired_task
from benchmark.reports.missing import reasons
from benchmark.reports.seed_variance import seed_variance
from benchmark.reports.select_row import row_label
from benchmark.reports.text import join
from benchmark.reports.thresholds import Threshold
from benchmark.reports.uncertainty import share_streams

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One side of a comparison.

    Attributes
    ----------
    name : str
        As `bench compare` takes it: `ocvae@reconstruction:weight=0.1`.
    mean : float
        Over the compared tasks.
    thresholds : tuple of str
        How its thresholds were computed, in words; empty where there are none.
    """

    name: str
    row: Row
    mean: float
    thresholds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeedCount:
    """How many seeds would show a difference, and whose variation over seeds that is computed from.

    Attributes
    ----------
    seeds : tuple of (int, int)
        The fewest and the most seeds of a task that are compared now.
    origins : tuple of (str, str)
        Of the seed variance of the first and of the second: `own`, `detector` or `framework`.
    """

    needed: SeedsNeeded
    seeds: tuple[int, int]
    origins: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """Two detectors on the tasks and seeds that both have.

    Attributes
    ----------
    p_value : float or None
        Of Wilcoxon's signed-rank test over tasks; None where too few tasks differ, or tasks share random streams.
    mean_difference : Difference
        The mean over tasks of the first less the second, with its interval over tasks and seeds.
    seeds : SeedCount or None
        How many seeds would show the difference; None where that is unknown.
    shared_streams : bool
        Whether tasks of one seed started from the same random numbers; then there is no interval and no p-value.
    mean_of_ranks : float or None
        Mean over tasks of the metric of the mean of their ranks.
    disagreement : Disagreement or None
        Summed over the tasks that have one.
    remarks : tuple of str
        Tasks and seeds that are left out, and the notes of both rows.
    """

    dataset: str
    metric: MetricSpec
    a: Contender
    b: Contender
    tasks: tuple[PairedTask, ...]
    p_value: float | None
    mean_difference: Difference
    seeds: SeedCount | None
    shared_streams: bool
    mean_of_ranks: float | None
    disagreement: Disagreement | None
    remarks: tuple[str, ...]

    @property
    def difference(self) -> float:
        """Mean over tasks."""
        return self.mean_difference.value

    @property
    def tally(self) -> tuple[int, int, int]:
        """On how many tasks the first is higher, equal, lower."""
        differences = [round(task.difference.value, DIGITS) for task in self.tasks]
        signs = [(difference > 0) - (difference < 0) for difference in differences]
        return signs.count(1), signs.count(0), signs.count(-1)


def compare(board: Board, a: Row, b: Row, read: ReadSets) -> PairedComparison:
    """Compare two rows of a board on the tasks and seeds for which both have a number.

    Parameters
    ----------
    read : callable
        Called for each outcome that is compared; what it returns is not kept.

    Raises
    ------
    InvalidRequest
        If there is no such task, scores are not kept, or the two did not score the same images.
    """
    ours, theirs = _measured(a, board.metric), _measured(b, board.metric)
    left_out = [*_left_out(board, a, ours, theirs), *_left_out(board, b, theirs, ours)]
    tasks = []
    for task in board.tasks:
        seeds = sorted(seed for name, seed in ours if name == task and (name, seed) in theirs)
        if seeds:
            pairs = [Pair((ours[task, seed], theirs[task, seed]), (a.rule, b.rule)) for seed in seeds]
            tasks.append(paired_task(board.metric, pairs, read))
    if not tasks:
        raise InvalidRequest(
            f"{row_label(a)} and {row_label(b)} have no number on the same task and seed of {board.dataset!r}:"
            f" {'; '.join(left_out)}"
        )
    left_out += _uncounted(tasks)
    rows = [a] if a is b else [a, b]
    differences = np.array([task.difference.value for task in tasks])
    shared = share_streams(outcome for row in rows for outcome in row.outcomes)
    return PairedComparison(
        dataset=board.dataset,
        metric=board.metric,
        a=_contender(a, tasks, 0),
        b=_contender(b, tasks, 1),
        tasks=tuple(tasks),
        p_value=None if shared else wilcoxon(differences),
        mean_difference=Difference(float(differences.mean())) if shared else mean_difference(differences),
        seeds=None if shared or a is b else _seed_count(board, (a, b), tasks, differences),
        shared_streams=shared,
        mean_of_ranks=complete_mean([task.mean_of_ranks for task in tasks]),
        disagreement=summed(task.disagreement for task in tasks if task.disagreement is not None),
        remarks=(
            *left_out,
            *(f"{row_label(row)}: {join(row.notes)}" for row in rows if row.notes),
            *board.footnotes,
        ),
    )


def _seed_count(
    board: Board, rows: tuple[Row, Row], tasks: list[PairedTask], differences: FloatArray
) -> SeedCount | None:
    variances = [seed_variance(row, board.rows, board.metric) for row in rows]
    first, second = variances
    if first is None or second is None:
        return None
    counts = [len(task.seeds) for task in tasks]
    needed = seeds_needed(differences, first.value + second.value, statistics.harmonic_mean(counts))
    if needed is None:
        return None
    return SeedCount(needed, (min(counts), max(counts)), (first.origin, second.origin))


def _measured(row: Row, metric: MetricSpec) -> dict[tuple[str, int], Outcome]:
    """Return (task, seed) -> the outcome, of those that are ok and have a number."""
    return {(o.trial.task, o.trial.seed): o for o in row.outcomes if o.measure(row.rule, metric.name) is not None}


def _contender(row: Row, tasks: list[PairedTask], side: int) -> Contender:
    estimates = [(task.a, task.b)[side] for task in tasks]
    thresholds = [pair[side] for task in tasks for pair in task.thresholds]
    return Contender(
        name=row_label(row),
        row=row,
        mean=statistics.fmean(estimate.value for estimate in estimates),
        thresholds=tuple(dict.fromkeys(each.origin for each in thresholds if isinstance(each, Threshold))),
    )


def _uncounted(tasks: list[PairedTask]) -> Iterator[str]:
    """Name the tasks on which no errors are counted, with the reason."""
    reasons: dict[str, list[str]] = {}
    for task in tasks:
        missing = [threshold for pair in task.thresholds for threshold in pair if isinstance(threshold, str)]
        if missing:
            reasons.setdefault(missing[0], []).append(task.task)
    for reason, names in reasons.items():
        yield f"no errors are counted on {', '.join(names)}, since there is no threshold: {reason}"


def _left_out(
    board: Board, row: Row, measured: Mapping[tuple[str, int], Outcome], others: Mapping[tuple[str, int], Outcome]
) -> Iterator[str]:
    """Name tasks and seeds where a row has no number, though it was run there or the other row has a number."""
    statuses = {(o.trial.task, o.trial.seed): o.status for o in row.outcomes}
    whys = {place: statuses.get(place, "not run") for place in {*others, *statuses} - {*measured}}
    whys = {place: "no number" if why == "ok" else why for place, why in whys.items()}
    if whys:
        seeds = sorted({seed for _, seed in {*others, *statuses}})
        yield f"left out because {row_label(row)} has no number: {join(reasons(whys, board.tasks, seeds))}"
