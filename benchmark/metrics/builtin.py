"""The metrics of the core. They depend on the ranking of the scores only; ties are counted exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.hooks import hookimpl
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.by_class import roc_auc_class_error
from benchmark.metrics.delong import count_sides, mid_ranks, structural_components

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, Scores


def roc_auc(y: BoolArray, scores: Scores) -> float:
    """Return the probability that an anomalous image has a higher score than a normal one; a tie counts half.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous.
    scores : ndarray of float64, shape (n,)
        Higher is more anomalous; any range, all finite.

    Returns
    -------
    float
        In [0, 1]; 0.5 is chance. A value below 0.5 is not flipped.

    Raises
    ------
    OneSidedLabels
        If all images are normal, or all are anomalous: the area is then undefined.

    References
    ----------
    Hanley and McNeil (1982), Radiology 143(1), 29-36.
    """
    anomalous, normal = count_sides(y, "ROC-AUC")
    # The Mann-Whitney U: the rank sum of the anomalous images, minus its smallest possible value.
    rank_sum = float(mid_ranks(scores)[y].sum())
    return (rank_sum - anomalous * (anomalous + 1) / 2) / (anomalous * normal)


def roc_auc_standard_error(y: BoolArray, scores: Scores) -> float | None:
    """Return DeLong's standard error of the ROC-AUC; it covers the sampling of test images.

    None with fewer than two normal or two anomalous images. Parameters and errors as in `roc_auc`.

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
    """Return the average precision: the precision at every threshold, weighted by the increase in recall.

    Every distinct score is a threshold, so equal scores are flagged together. The value is in (0, 1]; the share of
    anomalous images is chance: in a one-vs-rest task of ten classes, 0.9. Parameters and errors as in `roc_auc`.

    References
    ----------
    Davis and Goadrich (2006), ICML: the step-wise sum, without interpolation.
    """
    anomalous, _ = count_sides(y, "average precision")
    detected, flagged = _counts_by_threshold(y, scores)
    added = np.diff(detected, prepend=0)
    return float((added * detected / flagged).sum() / anomalous)


def average_precision_at_10(y: BoolArray, scores: Scores) -> float:
    """Return the average precision for test images of which 10 % are anomalous.

    The two sides are weighted so that the anomalous images have a tenth of the weight; no image is drawn or left out.
    The precision at a threshold is then TPR / (TPR + 9 FPR). Equal scores are flagged together. The value is in (0, 1].
    Scores that are all equal have 0.1. A random ranking of few images has a little more. Parameters and errors as in
    `roc_auc`.
    """
    anomalous, normal = count_sides(y, "average precision")
    detected, flagged = _counts_by_threshold(y, scores)
    # TPR / (TPR + 9 FPR), times the two counts of images: whole numbers up to the division.
    weighted = detected * normal
    precision = weighted / (weighted + 9 * (flagged - detected) * anomalous)
    added = np.diff(detected, prepend=0)
    return float((added * precision).sum() / anomalous)


def fpr_at_95_tpr(y: BoolArray, scores: Scores) -> float:
    """Return the share of normal images at or above the highest threshold that flags 95 % of the anomalous ones.

    The value is in [0, 1]; lower is better. Parameters and errors as in `roc_auc`.

    References
    ----------
    Liang, Li and Srikant (2018), ICLR (there with in-distribution as the positive class).
    """
    anomalous, normal = count_sides(y, "FPR at 95 % TPR")
    detected, flagged = _counts_by_threshold(y, scores)
    # Whole numbers, since 0.95 * anomalous is rounded and may be just above or below one.
    first = int(np.argmax(20 * detected >= 19 * anomalous))
    return float((flagged[first] - detected[first]) / normal)


def _counts_by_threshold(y: BoolArray, scores: Scores) -> tuple[FloatArray, FloatArray]:
    """Return the number of anomalous images and of all images at or above each threshold.

    The thresholds are the distinct scores, from the highest. Both arrays have the shape (thresholds,).
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    detected = np.cumsum(y[order])[ends].astype(np.float64)
    return detected, (ends + 1).astype(np.float64)


SPECS = (
    MetricSpec(
        name="roc_auc",
        title="ROC-AUC",
        summary="The probability that an anomalous image has a higher score than a normal one; a tie counts half.",
        range=(0.0, 1.0),
        higher_is_better=True,
        compute=roc_auc,
        standard_error=roc_auc_standard_error,
        class_error=roc_auc_class_error,
        chance=0.5,
    ),
    MetricSpec(
        name="average_precision",
        title="Average precision",
        summary="The mean of the precision over all thresholds, weighted by the increase in recall; chance is the"
        " share of anomalous images.",
        range=(0.0, 1.0),
        higher_is_better=True,
        compute=average_precision,
    ),
    MetricSpec(
        name="fpr_at_95_tpr",
        title="FPR at 95 % TPR",
        summary="The share of normal images that are flagged at the threshold that flags 95 % of the anomalous ones.",
        range=(0.0, 1.0),
        higher_is_better=False,
        compute=fpr_at_95_tpr,
        chance=0.95,
    ),
    MetricSpec(
        name="average_precision_at_10",
        title="Average precision at 10 % anomalous",
        summary="Average precision if the images are weighted so that 10 % are anomalous.",
        range=(0.0, 1.0),
        higher_is_better=True,
        compute=average_precision_at_10,
        chance=0.1,
    ),
)


@hookimpl
def bench_metrics() -> list[MetricSpec]:
    """Offer the metrics above."""
    return list(SPECS)
