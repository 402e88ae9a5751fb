"""The uncertainty of a board: intervals of ranks, differences to the first row, and a test of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.paired_difference import Difference, difference
from benchmark.metrics.paired_tests import FEWEST, holm, smallest_p, wilcoxon
from benchmark.metrics.rank_bootstrap import rank_intervals
from benchmark.metrics.seeded_values import SeededValues, common_seeds, paired_means
from benchmark.reports.board import RankUncertainty, Row, SeedVariance
from benchmark.reports.missing import folded
from benchmark.reports.seed_variance import seed_variance
from benchmark.reports.select_row import row_label
from benchmark.reports.text import join, plural

LEVEL = 0.05

OWN_STREAMS = 2
"""From this version of the protocol on, every task of a seed has a random stream of its own."""

SHARED_STREAMS = (
    "in these trials (protocol version 1) all tasks of a seed start from the same random numbers, so the luck of a"
    " seed moves all tasks together, and a test that takes tasks as independent often finds a difference where there is"
    " none"
)
ABOUT_RANKS = "Rank intervals and `to leader` cover variation over tasks and seeds only."
ABOUT_IMAGES = "The interval of a ROC-AUC (DeLong) covers the sampling of the scored images only. "


@dataclass(frozen=True, slots=True)
class BoardUncertainty:
    """The uncertainty of each row, None for one without a mean; the board's `uncertainty_note` and `seed_remarks`."""

    rows: tuple[RankUncertainty | None, ...]
    note: str
    seed_remarks: tuple[str, ...]


def rank_uncertainty(rows: Sequence[Row], metric: MetricSpec, tasks: Sequence[str]) -> BoardUncertainty:
    """Return the uncertainty of each row, and the texts about all rows.

    Parameters
    ----------
    rows : sequence of Row
        In order of rank: the first is the leader.
    """
    complete = [row for row in rows if row.mean is not None]
    variances = [seed_variance(row, rows, metric) for row in complete]
    values = [_values(row, metric, tasks, variance) for row, variance in zip(complete, variances, strict=True)]
    shared = share_streams(outcome for row in complete for outcome in row.outcomes)
    intervals: Sequence[tuple[int | None, int | None]] = [(None, None)] * len(values)
    to_leader = [_to_leader(of_row, values[0], metric, shared=shared) for of_row in values[1:]]
    p_values: list[float | None] = [None] * len(to_leader)
    if not shared:
        intervals = _intervals(values, higher_is_better=metric.higher_is_better)
        p_values = holm([wilcoxon(np.subtract(*paired_means(of_row, values[0])[:2])) for of_row in values[1:]])
    uncertainties = iter(
        RankUncertainty(
            low=low,
            high=high,
            to_leader=to_first,
            p=p,
            seeds=common_seeds(of_row, values[0]),
            seed_variance=variance,
        )
        for (low, high), to_first, p, of_row, variance in zip(
            intervals, [None, *to_leader], [None, *p_values], values, variances, strict=False
        )
    )
    remarks = _other_seeds(complete, values, shared=shared)
    if len(complete) > 1 and not shared:
        remarks += _variance_remarks(complete, variances, one_task=len(tasks) == 1)
    return BoardUncertainty(
        tuple(None if row.mean is None else next(uncertainties) for row in rows),
        " ".join(filter(None, (_why_none(complete, shared=shared), _scope(rows, metric, shared=shared)))),
        tuple(remarks),
    )


def share_streams(outcomes: Iterable[Outcome]) -> bool:
    """Return whether tasks of one seed started from the same random numbers in any of these trials."""
    return any(outcome.trial.semantics < OWN_STREAMS for outcome in outcomes)


def why_no_p(rows: Sequence[Row], tasks: int) -> str:
    """Return why no test on a board can be significant; empty where one can, or where the board says it already."""
    uncertainties = [row.uncertainty for row in rows if row.uncertainty is not None]
    tests = sum(uncertainty.p is not None for uncertainty in uncertainties)
    if len(uncertainties) < 2 or share_streams(outcome for row in rows for outcome in row.outcomes):
        return ""
    if tasks < FEWEST:
        return f"No `p`: a paired test over {plural(tasks, 'task')} cannot fall below {LEVEL}; it needs {FEWEST} tasks."
    if not tests:
        return f"No `p`: no row differs from the first on at least {FEWEST} tasks."
    if tests * smallest_p(tasks) >= LEVEL:
        return (
            f"No `p` can fall below {LEVEL}: the smallest value possible with {tasks} tasks is {smallest_p(tasks):.2g},"
            f" before Holm's correction for {plural(tests, 'row')}. Compare fewer rows."
        )
    return ""


def _values(row: Row, metric: MetricSpec, tasks: Sequence[str], variance: SeedVariance | None) -> SeededValues:
    """Return a row's values; a row that has a mean lacks none."""
    by_place = {
        (outcome.trial.task, outcome.trial.seed): outcome.metrics[row.rule][metric.name].value
        for outcome in row.outcomes
    }
    seeds = tuple(sorted({seed for _, seed in by_place}))
    values = np.array([[by_place[task, seed] for seed in seeds] for task in tasks])
    if variance is None:
        return SeededValues(seeds, values)
    return SeededValues(seeds, values, variance.value, variance.degrees)


def _to_leader(row: SeededValues, leader: SeededValues, metric: MetricSpec, *, shared: bool) -> Difference:
    found = difference(row, leader)
    if shared or found.low is None or found.high is None:
        return Difference(found.value)
    largest = metric.range[1] - metric.range[0]  # no two values can differ by more
    return Difference(found.value, max(found.low, -largest), min(found.high, largest))


def _intervals(values: Sequence[SeededValues], *, higher_is_better: bool) -> Sequence[tuple[int | None, int | None]]:
    if len(values) == 1:
        return [(1, 1)]
    if any(len(of_row.values) == 1 and not of_row.degrees for of_row in values):  # one task, and seeds are unknown
        return [(None, None)] * len(values)
    return rank_intervals(values, higher_is_better=higher_is_better)


def _why_none(complete: Sequence[Row], *, shared: bool) -> str:
    if len(complete) < 2:
        return "Nothing to compare: fewer than two rows have a mean."
    return f"No rank intervals, no intervals of `to leader` and no `p`: {SHARED_STREAMS}." if shared else ""


def _scope(rows: Sequence[Row], metric: MetricSpec, *, shared: bool) -> str:
    measures = (o.measure(row.rule, metric.name) for row in rows for o in row.outcomes)
    has_error = any(measure is not None and measure.standard_error is not None for measure in measures)
    return (ABOUT_IMAGES if has_error else "") + (ABOUT_RANKS if len(rows) > 1 and not shared else "")


def _other_seeds(complete: Sequence[Row], values: Sequence[SeededValues], *, shared: bool) -> list[str]:
    """Say which rows have which seeds, where they do not all have the same."""
    by_seeds: dict[tuple[int, ...], list[Row]] = {}
    for row, of_row in zip(complete, values, strict=True):
        by_seeds.setdefault(of_row.seeds, []).append(row)
    if len(by_seeds) < 2:
        return []
    groups = (f"{_seeds_text(seeds)}: {_names(rows)}" for seeds, rows in by_seeds.items())
    intervals = "" if shared else " and rank intervals"
    disjoint = any(not common_seeds(a, b) for a in values for b in values)
    otherwise = ", or all of each where they share none" if disjoint else ""
    return [
        f"Not all rows have the same seeds. {'. '.join(groups)}. Means and ranks use all seeds of a row. Differences to"
        f" the first row{intervals} use the seeds that two rows share{otherwise}."
    ]


def _variance_remarks(
    complete: Sequence[Row], variances: Sequence[SeedVariance | None], *, one_task: bool
) -> list[str]:
    """Say whose variation over seeds is that of other rows, and whose is unknown."""
    by_origin: dict[str, list[Row]] = {}
    for row, variance in zip(complete, variances, strict=True):
        by_origin.setdefault("unknown" if variance is None else variance.origin, []).append(row)
    alone = "One seed, and no row of the framework has more, so "
    texts = {
        "detector": "One seed; rank intervals use the variation over seeds of other rows of the detector",
        "framework": "One seed; rank intervals use the variation over seeds of other rows of the framework",
        "unknown": alone
        + (
            "the variation over seeds is unknown and there are no rank intervals"
            if one_task
            else "the variation over seeds is in rank intervals only as far as it makes tasks differ"
        ),
    }
    return [f"{text}: {_names(by_origin[origin])}." for origin, text in texts.items() if origin in by_origin]


def _names(rows: Sequence[Row]) -> str:
    return join([row_label(row) for row in rows])


def _seeds_text(seeds: Sequence[int]) -> str:
    return f"{'Seed' if len(seeds) == 1 else 'Seeds'} {', '.join(folded([str(seed) for seed in seeds]))}"
