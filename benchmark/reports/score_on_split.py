"""A metric on the labelled tenth of a test set, and on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.outcome import ScoredSet
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.compute import try_metric

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Scores

SHARE = 0.1
SEED = 0


@dataclass(frozen=True, slots=True)
class SplitScore:
    """A metric on the labelled images, and on the others; None where it has no value there."""

    labelled: float
    rest: float | None


def hold_out(y: BoolArray) -> BoolArray:
    """Return which test images are the labelled ones: a tenth of the normal and of the anomalous, at least one of each.

    They follow from the truth alone, so that they are the same images for every detector, setting and seed of a task.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous, in dataset order.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    random = np.random.RandomState(SEED)  # NumPy guarantees that its streams never change
    labelled: BoolArray = np.zeros(len(y), dtype=np.bool_)
    for side in (False, True):
        members = random.permutation(np.flatnonzero(y == side))
        labelled[members[: max(1, round(SHARE * len(members)))]] = True
    return labelled


def score_on_split(
    scored: ScoredSet, rules: Sequence[str], metric: MetricSpec
) -> tuple[dict[str, SplitScore], list[str]]:
    """Return rule -> both values, for the rules with a value on the labelled images; and why others have none."""
    labelled = hold_out(scored.y)
    problems: list[str] = []

    def value(scores: Scores, images: BoolArray) -> float | None:
        result = try_metric(metric, scored.y[images], scores[images], with_error=False)
        if isinstance(result, str):
            problems.append(result)
            return None
        return result.value

    values = {}
    for rule in rules:
        scores = scored.of(rule)
        on_labelled = value(scores, labelled)
        if on_labelled is not None:
            values[rule] = SplitScore(on_labelled, value(scores, ~labelled))
    return values, problems
