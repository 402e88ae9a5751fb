"""Checks scores before a metric is computed: form, ties, repeatability; and notes on a low ROC-AUC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.interfaces.errors import ContractBroken
from benchmark.metrics.builtin import roc_auc

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, IntArray, Scores
    from benchmark.interfaces.outcome import Measure

STEP_SHARE = 2.0**-22
MIN_STEP = 1e-12
COINCIDING_SHARE = 0.99
ROUNDING_AUC = 0.01
STEADY_SHARE = 0.01
CHANCE_MARGIN = 0.05


def checked_scores(returned: Any, rules: tuple[str, ...], n: int) -> Mapping[str, Scores]:
    """Return the scores of a detector in the order of `rules`, if they fulfil the contract.

    Parameters
    ----------
    returned : object
        The return value of `score`.
    rules : tuple of str
        The rules of the spec.
    n : int
        The number of images.

    Raises
    ------
    ContractBroken
        If a rule is missing or unexpected, or its scores are not float64 of shape (n,).
    """
    if not isinstance(returned, Mapping):
        raise ContractBroken(f"`score` must return a dict of rule -> scores; it returned {type(returned).__name__}")
    if set(returned) != set(rules):
        raise ContractBroken(
            f"`score` must return the rules {', '.join(rules)}; it returned {', '.join(map(str, returned)) or 'none'}"
        )
    for rule in rules:
        scores = returned[rule]
        if not isinstance(scores, np.ndarray) or scores.dtype != np.float64 or scores.shape != (n,):
            is_array = isinstance(scores, np.ndarray)
            received = f"{scores.dtype} of shape {scores.shape}" if is_array else type(scores).__name__
            raise ContractBroken(f"rule {rule!r} must be float64 of shape ({n},); `score` returned {received}")
    return {rule: returned[rule] for rule in rules}


def degeneracy(scores: Scores, y: BoolArray) -> str:
    """Return why these scores are not a usable ranking; empty if they are.

    Scores that differ only by rounding count as equal: they are checked again after rounding to steps of 2^-22 of
    their median size (a float32 holds 24 bits).

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        The scores of one rule.
    y : ndarray of bool, shape (n,)
        True = anomalous; all may be equal.
    """
    n = len(scores)
    finite = np.isfinite(scores)
    if not finite.all():
        return f"{int((~finite).sum())} of {n} scores are not finite"
    if n and scores.min() == scores.max():
        return f"all {n} scores are equal ({scores[0]:.6g})"
    step = max(MIN_STEP, STEP_SHARE * float(np.median(np.abs(scores)))) if n else MIN_STEP
    # Rounding keeps the order, so one sort is enough.
    in_order = np.sort(scores)
    ties, coarse_ties = _tie_sizes(in_order), _tie_sizes(_rounded(in_order, step))
    largest = int(coarse_ties.max(initial=0))
    if n and largest >= COINCIDING_SHARE * n:
        return (
            f"{largest} of {n} scores coincide when rounded to steps of {step:.3g}"
            f" ({len(ties)} distinct values before, {len(coarse_ties)} after)"
        )
    # Only pairs that rounding has tied can change the area, so most rankings need no second ROC-AUC.
    tied_pairs = float(_pairs(coarse_ties) - _pairs(ties))
    anomalous = int(y.sum())
    if 0 < anomalous < n and tied_pairs > ROUNDING_AUC * anomalous * (n - anomalous):
        before, after = roc_auc(y, scores), roc_auc(y, _rounded(scores, step))
        if abs(before - after) > ROUNDING_AUC:
            return (
                f"the ranking depends only on floating-point rounding: rounded to steps of {step:.3g}, the ROC-AUC"
                f" changes from {before:.3f} to {after:.3f}"
            )
    return ""


def unsteadiness(first: Scores, second: Scores, all_scores: Scores) -> str:
    """Return how two scorings of the same images differ; empty if they agree.

    Parameters
    ----------
    first, second : ndarray of float64, shape (k,)
        Scores of the same images, in the same order.
    all_scores : ndarray of float64, shape (n,)
        All scores of the rule; a difference of 1 % of their interquartile range is allowed.
    """
    allowed = tolerance(all_scores)
    difference = np.abs(first - second)
    if not np.isfinite(difference).all() or difference.max(initial=0.0) > allowed:
        differing = int((~(difference <= allowed)).sum())
        return (
            f"scored again in other batches and another order, {differing} of {len(first)} images got another score"
            f" (by up to {difference.max(initial=0.0):.3g}; {allowed:.3g} is allowed)"
        )
    return ""


def tolerance(all_scores: Scores) -> float:
    """Return the largest allowed difference of two scores of an image: 1 % of the interquartile range of all scores."""
    low, high = np.quantile(all_scores, [0.25, 0.75])
    # If half the scores are equal the range is 0; rounding-level differences are still allowed.
    return max(STEADY_SHARE * float(high - low), STEP_SHARE * float(np.median(np.abs(all_scores))), MIN_STEP)


def copied(train: Scores, test: Scores) -> str:
    """Return a message if test images got exactly the scores of training images; otherwise an empty text."""
    k = min(len(train), len(test))
    if k >= 2 and np.array_equal(train[:k], test[:k]) and train[:k].min() < train[:k].max():
        return f"the first {k} test images got the same scores as the first {k} training images"
    return ""


def auc_notes(measure: Measure, baselines: Mapping[str, float]) -> list[str]:
    """Return notes on a ROC-AUC.

    Parameters
    ----------
    baselines : mapping of str to float
        Name -> ROC-AUC of a baseline: the `mean pixel`, a `hash` of the bytes.
    """
    notes = []
    margin = max(CHANCE_MARGIN, 3 * (measure.standard_error or 0.0))
    if measure.value < 0.5 - margin:
        notes.append(f"worse than chance (ROC-AUC {measure.value:.3f}): check the sign of the scores")
    for name, value in baselines.items():
        if measure.value < value:
            notes.append(f"below {name} (ROC-AUC {measure.value:.3f} against {value:.3f})")
    return notes


def _rounded(scores: Scores, step: float) -> Scores:
    with np.errstate(over="ignore"):
        steps = scores / step
    # Beyond 2^52 steps a float is a whole number of steps, or overflows.
    return np.where(np.abs(steps) < 2.0**52, np.round(steps) * step, scores)


def _tie_sizes(in_order: Scores) -> IntArray:
    """Return how often each distinct value occurs in sorted scores."""
    starts = np.flatnonzero(np.append(True, in_order[1:] != in_order[:-1])) if len(in_order) else np.zeros(0, int)
    return np.diff(np.append(starts, len(in_order)))


def _pairs(sizes: IntArray) -> float:
    """Return how many pairs are tied."""
    return float((sizes * (sizes - 1.0)).sum() / 2)
