"""The interval of a ROC-AUC, and the standard error of the difference of two, over the sampling of test images."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from benchmark.metrics.delong import count_sides, structural_components
from benchmark.metrics.student import student_quantile

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Scores


def logit_interval(
    area: float, standard_error: float | None, *, level: float = 0.95, freedom: float | None = None
) -> tuple[float, float] | None:
    """Return the confidence interval of a ROC-AUC: the normal interval of its logit, transformed back.

    The standard error of the logit, log(area / (1 - area)), is `standard_error / (area (1 - area))`. The interval lies
    within [0, 1]. It is longer on the side of 0.5, as the sampling distribution is.

    Parameters
    ----------
    area : float
        The ROC-AUC, in [0, 1].
    standard_error : float or None
        The standard error of the area: DeLong's, or that of `roc_auc_class_error`.
    level : float
        The confidence level, in (0, 1).
    freedom : float or None
        The degrees of freedom of the standard error, for an interval of Student's t; None for a normal one.

    Returns
    -------
    tuple of float, or None
        (low, high) with 0 <= low <= area <= high <= 1. None if there is no valid interval: the standard error is None
        or 0, or the area is exactly 0 or 1. For such an area the logit is infinite, and DeLong's standard error is 0
        for any number of images.

    Raises
    ------
    ValueError
        If a number is NaN or out of its bounds.

    References
    ----------
    Pepe (2003), The Statistical Evaluation of Medical Tests for Classification and Prediction, section 5.2.

    Examples
    --------
    >>> tuple(round(end, 3) for end in logit_interval(0.95, 0.02))
    (0.893, 0.977)
    >>> logit_interval(1.0, 0.0) is None
    True
    """
    if not (0 <= area <= 1 and 0 < level < 1 and (standard_error is None or 0 <= standard_error < math.inf)):
        raise ValueError(f"invalid area {area}, standard error {standard_error} or level {level}")
    if not standard_error or area in (0, 1):
        return None
    centre = math.log(area) - math.log1p(-area)
    p = (1 + level) / 2
    quantile = NormalDist().inv_cdf(p) if freedom is None else student_quantile(p, freedom)
    half = quantile * (standard_error / area / (1 - area))
    # Rounding may put an end on the wrong side of the area.
    return min(_area(centre - half), area), max(_area(centre + half), area)


def paired_delong(y: BoolArray, scores_a: Scores, scores_b: Scores) -> tuple[float, float | None]:
    """Return the ROC-AUC of `scores_a` minus that of `scores_b`, and the standard error of this difference.

    Both are scores of the same images, so the two areas are correlated. The standard error is therefore often much
    smaller than for areas on different images. If the true areas are equal, the difference divided by its standard
    error is approximately standard normal.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous.
    scores_a, scores_b : ndarray of float64, shape (n,)
        Scores of the same images in the same order; higher is more anomalous. The two scales may differ.

    Returns
    -------
    tuple of float and (float or None)
        Difference and standard error. The error covers the sampling of test images only. It is None with fewer than two
        normal or two anomalous images, and 0 if both scores order every pair of images in the same way.

    Raises
    ------
    OneSidedLabels
        If all images are normal, or all are anomalous.
    ValueError
        If the three arrays differ in length.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44(3), 837-845; the contrast (1, -1) of two areas.
    """
    if not len(y) == len(scores_a) == len(scores_b):
        raise ValueError(f"the lengths differ: {len(y)} labels, {len(scores_a)} and {len(scores_b)} scores")
    anomalous, normal = count_sides(y, "the difference of two areas")
    above_a, below_a = structural_components(y, scores_a)
    above_b, below_b = structural_components(y, scores_b)
    difference = float(above_a.mean() - above_b.mean())
    if min(anomalous, normal) < 2:
        return difference, None
    # var(a - b) = var(a) + var(b) - 2 cov(a, b): the L S L' of the paper.
    variance = (above_a - above_b).var(ddof=1) / anomalous + (below_a - below_b).var(ddof=1) / normal
    return difference, float(variance**0.5)


def _area(logit: float) -> float:
    """Return exp(x) / (1 + exp(x)), without overflow on either side."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    return math.exp(logit) / (1 + math.exp(logit))
