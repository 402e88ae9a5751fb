"""Chooses a weight without labels: the one whose scores separate training images best from rotated copies of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import roc_auc_score

if TYPE_CHECKING:
    from benchmark import Images, Scores


def rotated_copies(images: Images) -> Images:
    """Return the images rotated by 90, 180 and 270 degrees, (3n, h, w, c); if not square, by 180 alone, (n, h, w, c).

    Rotated images keep the local strokes of normal ones but are globally unusual. So they are closer to images of other
    classes than images that are cut up or noisy.
    """
    quarters = (1, 2, 3) if images.shape[1] == images.shape[2] else (2,)
    return np.concatenate([np.rot90(images, quarter, axes=(1, 2)) for quarter in quarters])


def separation_auc(normal: Scores, other: Scores) -> float:
    """Return how well scores separate other images from normal ones: the area under the ROC curve.

    Parameters
    ----------
    normal, other : ndarray of float64, shape (n,) and (m,)

    Returns
    -------
    float
        In [0, 1]; 1 if every other image scores higher than every normal one.
    """
    y = np.repeat([False, True], [len(normal), len(other)])
    return float(roc_auc_score(y, np.concatenate([normal, other])))
