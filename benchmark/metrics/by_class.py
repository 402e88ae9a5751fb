"""The ROC-AUC of each anomalous class, and the standard error of the whole if the classes are a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.delong import count_sides, structural_components

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, IntArray, Scores

FEWEST_CLASSES = 3
"""With fewer anomalous classes there is no error: of two, the variance has one degree of freedom."""


def class_areas(y: BoolArray, labels: IntArray, scores: Scores) -> tuple[FloatArray, IntArray]:
    """Return, for each class, the ROC-AUC of the normal images against its anomalous ones, and how many those are.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous; some are not.
    labels : ndarray of int, shape (n,)
        The class of each image, from 0.
    scores : ndarray of float64, shape (n,)
        All finite.

    Returns
    -------
    areas : ndarray of float64, shape (classes,)
        NaN where a class has no anomalous image. Their mean, weighted by the counts, is the area over all images.
    images : ndarray of int64, shape (classes,)
    """
    normal = np.sort(scores[~y])
    # Of each anomalous image, twice the normal ones below it; a tie counts half. Whole numbers, so that sums are exact.
    below = np.searchsorted(normal, scores[y], side="left") + np.searchsorted(normal, scores[y], side="right")
    sums, images = np.bincount(labels[y], weights=below), np.bincount(labels[y])
    areas = np.full(len(images), np.nan)
    np.divide(sums, 2.0 * len(normal) * images, out=areas, where=images > 0)
    return areas, images


def roc_auc_class_error(y: BoolArray, scores: Scores, labels: IntArray) -> float | None:
    """Return the standard error of the ROC-AUC if the anomalous classes are drawn from a larger set of classes.

    DeLong's standard error is for other images of the same classes. Here the unit is the class: the anomalous images
    of a class are a cluster.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous.
    scores : ndarray of float64, shape (n,)
        Higher is more anomalous; all finite.
    labels : ndarray of int, shape (n,)
        The class of each image.

    Returns
    -------
    float or None
        None with fewer than three anomalous classes or two normal images.

    Raises
    ------
    OneSidedLabels
        If all images are normal, or all are anomalous.

    References
    ----------
    Obuchowski (1997), Biometrics 53(2), 567-578: areas of clustered images; here with clusters on one side.
    """
    count_sides(y, "ROC-AUC")
    above, below = structural_components(y, scores)
    return clustered_error(above, labels[y], below)


def paired_class_error(y: BoolArray, labels: IntArray, scores_a: Scores, scores_b: Scores) -> float | None:
    """Return the standard error of the difference of two areas, over other classes of anomalies.

    Both are scores of the same images, so a class that is hard for both cancels out. Parameters, errors and references
    as in `roc_auc_class_error`.
    """
    count_sides(y, "the difference of two areas")
    above_a, below_a = structural_components(y, scores_a)
    above_b, below_b = structural_components(y, scores_b)
    return clustered_error(above_a - above_b, labels[y], below_a - below_b)


def clustered_error(above: FloatArray, labels: IntArray, below: FloatArray) -> float | None:
    """Return the standard error of an area, or of a difference of two, from the structural components.

    With C classes of m_c images and the mean component A_c, m images in all and the mean A, the variance is
    C / (C - 1) times the sum of (m_c / m)^2 (A_c - A)^2, plus the variance of the normal side (DeLong). For classes of
    one size the first part is the variance of the A_c divided by C; for classes of one image it is DeLong's.

    Parameters
    ----------
    above, below : ndarray of float64, shapes (anomalous,) and (normal,)
        Components of the anomalous and of the normal images, or differences of those of two detectors.
    labels : ndarray of int, shape (anomalous,)
        The class of each anomalous image.
    """
    _, index, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    classes = len(sizes)
    if classes < FEWEST_CLASSES or len(below) < 2:
        return None
    deviations = np.bincount(index, weights=above - above.mean()) / len(above)  # m_c / m (A_c - A)
    between = classes / (classes - 1) * float((deviations**2).sum())
    return float((between + below.var(ddof=1) / len(below)) ** 0.5)
