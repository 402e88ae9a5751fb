"""Intervals of a ROC-AUC, and of the difference of two; they cover the sampling of test images."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from benchmark.metrics.delong import count_sides, structural_components

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Scores


def logit_interval(area: float, standard_error: float | None, *, level: float = 0.95) -> tuple[float, float] | None:
    """Return the interval of an area, normal on the scale of log(area / (1 - area)) and transformed back.

    On that scale the error is `standard_error / (area (1 - area))`; so the interval stays within [0, 1] and reaches
    farther towards 0.5 than away from it, as the sampling does.

    Parameters
    ----------
    area : float
        In [0, 1].
    standard_error : float or None
        DeLong's, of the area itself.
    level : float
        The share of test sets whose interval holds the true area.

    Returns
    -------
    tuple of float, or None
        (low, high), never beyond [0, 1], the area between them. None where there is no valid interval: without a
        standard error; at an area of exactly 0 or 1, where the logit is infinite and DeLong's error is 0 for any
        number of images; and at a standard error of 0, which says nothing about other images.

    Raises
    ------
    ValueError
        If a number is NaN or out of its range.

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
        raise ValueError(f"no interval of area {area}, standard error {standard_error}, level {level}")
    if not standard_error or area in (0, 1):
        return None
    centre = math.log(area) - math.log1p(-area)
    half = NormalDist().inv_cdf((1 + level) / 2) * (standard_error / area / (1 - area))
    # Rounding in the transformation and back may put an end past the area by a last digit.
    return min(_area(centre - half), area), max(_area(centre + half), area)


def paired_delong(y: BoolArray, scores_a: Scores, scores_b: Scores) -> tuple[float, float | None]:
    """Return by how much the area of `scores_a` exceeds that of `scores_b`, and the standard error of that difference.

    Both score the same images, so what makes an image hard for both cancels: the error is often far below that of two
    areas on images of their own. Difference over error is a standard normal z where the areas are equal.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous.
    scores_a, scores_b : ndarray of float64, shape (n,)
        Of the same images in the same order; higher is more anomalous, each on a scale of its own.

    Returns
    -------
    tuple of float and (float or None)
        The error covers the sampling of test images only. None with fewer than two normal or two anomalous images; 0 if
        both order every pair of images in the same way.

    Raises
    ------
    OneSidedLabels
        If all images are normal, or all are anomalous.
    ValueError
        If the three differ in length.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44(3), 837-845; the contrast (1, -1) of two areas.
    """
    if not len(y) == len(scores_a) == len(scores_b):
        raise ValueError(f"not of the same images: {len(y)} labels, {len(scores_a)} and {len(scores_b)} scores")
    anomalous, normal = count_sides(y, "the difference of two areas")
    above_a, below_a = structural_components(y, scores_a)
    above_b, below_b = structural_components(y, scores_b)
    difference = float(above_a.mean() - above_b.mean())
    if min(anomalous, normal) < 2:
        return difference, None
    # The variance of a difference of components is that of both less twice their covariance: L S L' of the paper.
    variance = (above_a - above_b).var(ddof=1) / anomalous + (below_a - below_b).var(ddof=1) / normal
    return difference, float(variance**0.5)


def _area(logit: float) -> float:
    """Return exp(x) / (1 + exp(x)), without overflow on either side."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    return math.exp(logit) / (1 + math.exp(logit))
