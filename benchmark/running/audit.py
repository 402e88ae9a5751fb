"""Checks scores before a metric is computed: form, ties, rounding, repeatability; and notes on a low ROC-AUC."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.interfaces.errors import ContractBroken
from benchmark.metrics.builtin import roc_auc
from benchmark.running.asked_again import AskedAgain, rounding_decides, unsteadiness

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, IntArray, Scores
    from benchmark.interfaces.outcome import Measure

ULPS = 2
"""Scores are rounded to this many units in the last place of their median."""
COINCIDING_SHARE = 0.99
ROUNDING_AUC = 0.01
CHANCE_MARGIN = 0.05
BASELINE_ERRORS = 2
"""A trial is noted as below a baseline if it is by more than this many standard errors of the difference."""


def checked_scores(returned: Any, rules: tuple[str, ...], n: int) -> Mapping[str, Scores]:
    """Return the scores of a detector as float64, in the order of `rules`, if they fulfil the contract.

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
        If a rule is missing or unexpected, or its scores are not real floating-point numbers of shape (n,).
    """
    if not isinstance(returned, Mapping):
        raise ContractBroken(f"`score` must return a dict of rule -> scores; it returned {type(returned).__name__}")
    if set(returned) != set(rules):
        raise ContractBroken(
            f"`score` must return the rules {', '.join(rules)}; it returned {', '.join(map(str, returned)) or 'none'}"
        )
    for rule in rules:
        scores = returned[rule]
        is_array = isinstance(scores, np.ndarray)
        if not is_array or not np.issubdtype(scores.dtype, np.floating) or scores.shape != (n,):
            received = f"{scores.dtype} of shape {scores.shape}" if is_array else type(scores).__name__
            raise ContractBroken(
                f"rule {rule!r} must be float64, or another float type, of shape ({n},); `score` returned {received}"
            )
    with np.errstate(over="ignore"):  # a longer float may overflow; `degeneracy` reports scores that are not finite
        return {rule: np.asarray(returned[rule], dtype=np.float64) for rule in rules}


def score_dtypes(returned: Mapping[str, Any], rules: tuple[str, ...]) -> tuple[str, ...]:
    """Return the name of the dtype of each rule's scores, such as "float32"; `returned` has passed `checked_scores`."""
    return tuple(str(returned[rule].dtype) for rule in rules)


def audit(scores: Scores, y: BoolArray, asked_again: AskedAgain | None, dtype: str = "float64") -> str:
    """Return why the scores of a rule are not a usable ranking; empty if they are.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
    y : ndarray of bool, shape (n,)
        True = anomalous; all may be equal.
    asked_again : AskedAgain or None
        Further scores of some images. Without them, rounding is judged by the precision of the scores alone.
    dtype : str
        The name of the dtype in which the detector returned the scores.
    """
    if asked_again is None:
        return degeneracy(scores, y, dtype)
    return (
        _ranks_nothing(scores, dtype) or unsteadiness(scores, asked_again) or rounding_decides(scores, y, asked_again)
    )


def degeneracy(scores: Scores, y: BoolArray, dtype: str = "float64") -> str:
    """Return why these scores are not a usable ranking, judged by themselves; empty if they are.

    Scores that differ only in the last bits of their precision count as equal: they are checked again after rounding to
    steps of two units in the last place of their median size (2^-22 of it for float32, 2^-51 for float64).

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        The scores of one rule.
    y : ndarray of bool, shape (n,)
        True = anomalous; all may be equal.
    dtype : str
        The name of the dtype in which the detector returned the scores. Scores that are all float32 values count as
        float32, because a detector may have converted them.
    """
    problem = _ranks_nothing(scores, dtype)
    if problem:
        return problem
    n, step, anomalous = len(scores), _step(scores, dtype), int(y.sum())
    in_order = np.sort(scores)
    # Only pairs that rounding has tied can change the area, so most rankings need no second ROC-AUC.
    tied_pairs = _pairs(_tie_sizes(_rounded(in_order, step))) - _pairs(_tie_sizes(in_order))
    if 0 < anomalous < n and tied_pairs > ROUNDING_AUC * anomalous * (n - anomalous):
        before, after = roc_auc(y, scores), roc_auc(y, _rounded(scores, step))
        if abs(before - after) > ROUNDING_AUC:
            return (
                f"the ranking depends only on floating-point rounding: rounded to steps of {step:.3g}, the ROC-AUC"
                f" changes from {before:.3f} to {after:.3f}"
            )
    return ""


def _ranks_nothing(scores: Scores, dtype: str) -> str:
    """Return why these scores rank nothing: not finite, equal, or nearly all equal but for their last bits."""
    n = len(scores)
    finite = np.isfinite(scores)
    if not finite.all():
        return f"{int((~finite).sum())} of {n} scores are not finite"
    if n and scores.min() == scores.max():
        return f"all {n} scores are equal ({scores[0]:.6g})"
    step = _step(scores, dtype)
    # Rounding keeps the order, so one sort is enough.
    in_order = np.sort(scores)
    coarse_ties = _tie_sizes(_rounded(in_order, step))
    largest = int(coarse_ties.max(initial=0))
    if n and largest >= COINCIDING_SHARE * n:
        return (
            f"{largest} of {n} scores coincide when rounded to steps of {step:.3g}"
            f" ({len(_tie_sizes(in_order))} distinct values before, {len(coarse_ties)} after)"
        )
    return ""


def _step(scores: Scores, dtype: str) -> float:
    """Return two units in the last place of the median size of finite scores, in the precision they came in."""
    with np.errstate(over="ignore"):
        single = np.array_equal(scores, scores.astype(np.float32))
    precision = np.float32 if single else np.float64
    # The scores are float64 by now, so the last bits of a longer float are gone.
    share = max(float(np.finfo(np.dtype(dtype)).eps), float(np.finfo(precision).eps))
    return ULPS * share * float(np.median(np.abs(scores))) if len(scores) else 0.0


def copied(train: Scores, test: Scores) -> str:
    """Return a message if test images got exactly the scores of training images; otherwise an empty text."""
    k = min(len(train), len(test))
    if k >= 2 and np.array_equal(train[:k], test[:k]) and train[:k].min() < train[:k].max():
        return f"the first {k} test images got the same scores as the first {k} training images"
    return ""


def auc_notes(
    measure: Measure, baselines: Mapping[str, float], errors: Mapping[str, float] = MappingProxyType({})
) -> list[str]:
    """Return notes on a ROC-AUC that is below chance or below a baseline by more than its sampling error.

    Parameters
    ----------
    measure : Measure
        The ROC-AUC of the trial; an unknown standard error counts as 0.
    baselines : mapping of str to float
        Name -> ROC-AUC of a baseline: the `mean pixel`, a `hash` of the bytes.
    errors : mapping of str to float
        Name -> its standard error; a baseline without one counts as exact.
    """
    notes = []
    own = measure.standard_error or 0.0
    if measure.value < 0.5 - max(CHANCE_MARGIN, 3 * own):
        notes.append(f"worse than chance (ROC-AUC {measure.value:.3f}): check the sign of the scores")
    for name, value in baselines.items():
        # As if the two were independent. On the same images they often agree, so that the true error is smaller.
        error = math.hypot(own, errors.get(name, 0.0))
        if measure.value < value - BASELINE_ERRORS * error:
            notes.append(f"below {name} (ROC-AUC {measure.value:.3f} against {value:.3f})")
    return notes


def _rounded(scores: Scores, step: float) -> Scores:
    if step == 0.0:  # the median is 0, or so small that its last bit is 0
        return scores
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
