"""How a weight is chosen without labels: by how well its scores separate training images from turned ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import roc_auc_score

if TYPE_CHECKING:
    from benchmark import Images, Scores


def turned(images: Images) -> Images:
    """Return the images turned by one, two and three quarters, (3n, h, w, c); upside down alone if they are not square.

    Rotated images keep the local strokes of normal ones but are globally unusual. So they are closer to images of other
    classes than images that are cut up or noisy.
    """
    quarters = (1, 2, 3) if images.shape[1] == images.shape[2] else (2,)
    return np.concatenate([np.rot90(images, quarter, axes=(1, 2)) for quarter in quarters])


def separation(normal: Scores, other: Scores) -> float:
    """Return how well scores separate other images from normal ones: the area under the ROC curve."""
    y = np.repeat([False, True], [len(normal), len(other)])
    return float(roc_auc_score(y, np.concatenate([normal, other])))
