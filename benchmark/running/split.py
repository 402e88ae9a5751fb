"""Splits the training images of a task into training and validation images, by the seed only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.dataset import LabelledImages
from benchmark.interfaces.errors import BadData

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Images, IntArray, RawImages

MAX_VALIDATION_IMAGES = 500
MAX_TRAIN_SAMPLE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The use of each training image: indices into the training images of the part.

    Attributes
    ----------
    train : ndarray of int64
        Normal images to fit on, in dataset order.
    validation : ndarray of int64
        Held-out normal images, then as many images of the other classes; empty if none are held out.
    sample : ndarray of int64, shape (at most 1000,)
        A seeded sample of `train`, whose scores are kept.
    """

    train: IntArray
    validation: IntArray
    sample: IntArray

    def validation_y(self, images: LabelledImages, normal_class: int) -> BoolArray:
        """Return, for each validation image, whether it is anomalous."""
        anomalous: BoolArray = images.train_labels[self.validation] != normal_class
        return anomalous


def split(images: LabelledImages, normal_class: int, *, share: float, seed: int) -> Split:
    """Split the training images of a task; the same images, share and seed give the same split.

    Parameters
    ----------
    share : float
        Share of the normal class to hold out, in [0, 0.9]; at most 500 images.

    Raises
    ------
    BadData
        If fewer than two normal training images remain.
    """
    # RandomState: its streams never change, so a split is the same with every version of NumPy.
    random = np.random.RandomState(seed)
    members = random.permutation(np.flatnonzero(images.train_labels == normal_class))
    others = random.permutation(np.flatnonzero(images.train_labels != normal_class))
    held_out = min(round(share * len(members)), MAX_VALIDATION_IMAGES)
    if share and len(members) > 2:
        held_out = max(held_out, 1)
    train = members[held_out:]
    if len(train) < 2:
        name = images.classes[normal_class]
        raise BadData(f"class {name!r} leaves {len(train)} training images; a detector needs at least 2")
    validation = np.concatenate([np.sort(members[:held_out]), np.sort(others[:held_out])])
    return Split(train=np.sort(train), validation=validation, sample=np.sort(train[:MAX_TRAIN_SAMPLE]))


def as_images(raw: RawImages) -> Images:
    """Return a copy of images as a detector gets them: float32 in [0, 1], read-only."""
    images: Images = np.divide(raw, np.float32(np.iinfo(raw.dtype).max), dtype=np.float32)
    images.flags.writeable = False
    return images
