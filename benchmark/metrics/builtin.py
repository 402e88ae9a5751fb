"""Metrics of a ranking, from scores and true labels. All in float64, ties handled exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.hooks import hookimpl
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.delong import count_sides, mid_ranks, structural_components

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, Scores


def roc_auc(y: BoolArray, scores: Scores) -> float:
    """Return the chance that an anomalous image outscores a normal one; a tie counts half.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous.
    scores : ndarray of float64, shape (n,)
        Higher is more anomalous; any range, all finite.

    Returns
    -------
    float
        In [0, 1]; 0.5 is chance. Never flipped when it falls below.

    Raises
    ------
    OneSidedLabels
        If `y` holds one kind of image only: the area is then undefined.

    References
    ----------
    Hanley and McNeil (1982), Radiology 143(1), 29-36.
    """
    anomalous, normal = count_sides(y, "ROC-AUC")
    # Mann-Whitney: the mid-ranks of the anomalous images, less the least they could sum to.
    rank_sum = float(mid_ranks(scores)[y].sum())
    return (rank_sum - anomalous * (anomalous + 1) / 2) / (anomalous * normal)


def roc_auc_standard_error(y: BoolArray, scores: Scores) -> float | None:
    """Return the standard error of the area over the drawing of test images; None with fewer than two of a kind.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44(3), 837-845; by mid-ranks, Sun and Xu
    (2014), IEEE Signal Processing Letters 21(11), 1389-1393.
    """
    anomalous, normal = count_sides(y, "ROC-AUC")
    if min(anomalous, normal) < 2:
        return None
    above, below = structural_components(y, scores)
    return float((above.var(ddof=1) / anomalous + below.var(ddof=1) / normal) ** 0.5)


def average_precision(y: BoolArray, scores: Scores) -> float:
    """Return the mean precision over the anomalous images, in order of falling score; ties enter together.

    Parameters and errors as of `roc_auc`. In (0, 1]; the share of anomalous images is chance.

    References
    ----------
    Davis and Goadrich (2006), ICML: the step-wise sum, without interpolation.
    """
    anomalous, _ = count_sides(y, "average precision")
    caught, flagged = _counts_by_threshold(y, scores)
    gained = np.diff(caught, prepend=0)
    return float((gained * caught / flagged).sum() / anomalous)


def fpr_at_95_tpr(y: BoolArray, scores: Scores) -> float:
    """Return the share of normal images flagged at the highest threshold that catches 95 % of the anomalous ones.

    Parameters and errors as of `roc_auc`. In [0, 1], lower is better.

    References
    ----------
    Liang, Li and Srikant (2018), ICLR (there with in-distribution as the positive class).
    """
    anomalous, normal = count_sides(y, "FPR at 95 % TPR")
    caught, flagged = _counts_by_threshold(y, scores)
    # In whole images: 0.95 times a count is rounded, and may come out just above or below a whole number.
    first = int(np.argmax(20 * caught >= 19 * anomalous))
    return float((flagged[first] - caught[first]) / normal)


def _counts_by_threshold(y: BoolArray, scores: Scores) -> tuple[FloatArray, FloatArray]:
    """Return, for each distinct score from the highest, the anomalous images and all images at or above it."""
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    caught = np.cumsum(y[order])[ends].astype(np.float64)
    return caught, (ends + 1).astype(np.float64)


SPECS = (
    MetricSpec(
        name="roc_auc",
        title="ROC-AUC",
        summary="The chance that an anomalous image outscores a normal one; a tie counts half.",
        range=(0.0, 1.0),
        higher_is_better=True,
        compute=roc_auc,
        standard_error=roc_auc_standard_error,
    ),
    MetricSpec(
        name="average_precision",
        title="Average precision",
        summary="The mean precision over the anomalous images, in order of falling score.",
        range=(0.0, 1.0),
        higher_is_better=True,
        compute=average_precision,
    ),
    MetricSpec(
        name="fpr_at_95_tpr",
        title="FPR at 95 % TPR",
        summary="The share of normal images flagged when 95 % of the anomalous ones are caught.",
        range=(0.0, 1.0),
        higher_is_better=False,
        compute=fpr_at_95_tpr,
    ),
)


@hookimpl
def bench_metrics() -> list[MetricSpec]:
    """Offer the metrics above."""
    return list(SPECS)
