"""The labelled tenth of a test set, and a metric on it and on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.interfaces.specs import MetricSpec
from benchmark.measure import gauged
from benchmark.trial import ScoredSet

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Scores

__all__ = ["Judged", "hold_out", "judge_apart"]

SHARE = 0.1
SEED = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A metric on the labelled images, and on the others; None where it gives no number there."""

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
    import numpy as np

    random = np.random.RandomState(SEED)  # its streams are frozen for good
    labelled: BoolArray = np.zeros(len(y), dtype=np.bool_)
    for kind in (False, True):
        members = random.permutation(np.flatnonzero(y == kind))
        labelled[members[: max(1, round(SHARE * len(members)))]] = True
    return labelled


def judge_apart(scored: ScoredSet, rules: Sequence[str], metric: MetricSpec, notes: list[str]) -> dict[str, Judged]:
    """Return rule -> both, for the rules that have a number on the labelled images; the notes get the reasons."""
    labelled = hold_out(scored.y)
    found = {}
    for rule in rules:
        scores = scored.of(rule)
        chooses = _value(metric, scored.y[labelled], scores[labelled], notes)
        if chooses is not None:
            found[rule] = Judged(chooses, _value(metric, scored.y[~labelled], scores[~labelled], notes))
    return found


def _value(metric: MetricSpec, y: BoolArray, scores: Scores, notes: list[str]) -> float | None:
    found = gauged(metric, y, scores, with_error=False)
    if isinstance(found, str):
        notes.append(found)
        return None
    return found.value
