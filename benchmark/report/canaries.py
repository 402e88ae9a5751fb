"""Canaries: what scores without any learning are worth on a board's tasks, in rows that stand apart."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence

from benchmark.report.row import Row, Section, complete_mean
from benchmark.trial import Outcome

__all__ = ["METRIC", "canaries", "canary_section"]

METRIC = "roc_auc"
"""What an outcome's canaries are worth is known by this metric alone."""

TITLE = "Canaries: scores that learn nothing"
REMARK = (
    "What a detector should not fall below: `mean pixel` is the distance of an image's mean grey from that of the"
    " training images, `hash` a number made of the image's bytes, which is chance. They are in no ranking; an outcome"
    " below one of them has a note."
)


def canaries(outcomes: Iterable[Outcome], tasks: Sequence[str]) -> dict[str, dict[str, float | None]]:
    """Return name -> task -> ROC-AUC, the mean over the outcomes that have it; None where none does."""
    found: dict[str, dict[str, list[float]]] = {}
    for outcome in outcomes:
        for name, value in outcome.canaries.items():
            if isinstance(value, (int, float)) and math.isfinite(value):
                found.setdefault(name, {}).setdefault(outcome.trial.task, []).append(value)
    return {
        name: {task: statistics.fmean(by_task[task]) if task in by_task else None for task in tasks}
        for name, by_task in found.items()
    }


def canary_section(outcomes: Sequence[Outcome], tasks: Sequence[str]) -> Section | None:
    """Return a row for each canary that the outcomes know; None where they know none. Nothing is computed anew."""
    made = canaries(outcomes, tasks)
    if not made:
        return None
    told = tuple(outcome for outcome in outcomes if outcome.canaries)
    rows = tuple(_row(name, by_task, told) for name, by_task in made.items())
    return Section(name="canary", title=TITLE, remark=REMARK, rows=rows, ranked=False)


def _row(name: str, tasks: Mapping[str, float | None], told: tuple[Outcome, ...]) -> Row:
    return Row(
        rank=None,
        detector=name,
        rule="",
        params={},
        settings="",
        mean=complete_mean(list(tasks.values())),
        std=None,
        tasks=tasks,
        seeds=len({outcome.trial.seed for outcome in told}),
        status={},
        missing=(),
        notes=(),
        fit_seconds=None,
        score_seconds=None,
        outcomes=told,
    )
