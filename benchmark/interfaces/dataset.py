"""The contract of a dataset: parts of labelled images, and a fingerprint of their bytes."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.interfaces.errors import BadData
from benchmark.interfaces.renamed import renamed, renamed_error

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import IntArray, RawImages

__all__ = ["Dataset", "LabelledImages", "OnePartDataset", "fingerprint"]


@renamed(train_kind="train_labels", test_kind="test_labels", kinds="classes", normal="normal_class")
@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImages:
    """Training and test images with the label of each.

    Attributes
    ----------
    train, test : ndarray of uint8 or uint16, shape (n, h, w, c)
        0 is black, the maximum of the type is white. All images have the same h, w and c. May be memory-mapped.
    train_labels, test_labels : ndarray of int64 or another integer type, shape (n,)
        The label of each image: the index of its class in `classes`.
    classes : tuple of str
        The names of the classes, such as `t_shirt`, all different.
    normal_class : int or None
        None: each class is the normal class of one task (one-vs-rest). An index: the images are one
        task, with this class as the normal one.

    Raises
    ------
    BadData
        If an array has a wrong type or shape, a label is not an index of `classes`, or two classes have the same name.
    """

    train: RawImages
    test: RawImages
    train_labels: IntArray
    test_labels: IntArray
    classes: tuple[str, ...]
    normal_class: int | None = None

    def __post_init__(self) -> None:
        halves = (("train", self.train, self.train_labels), ("test", self.test, self.test_labels))
        for name, images, labels in halves:
            if images.ndim != 4 or images.dtype.name not in ("uint8", "uint16"):
                raise BadData(
                    f"{name} images must be uint8 or uint16 of shape (n, h, w, c);"
                    f" these are {images.dtype} of shape {images.shape}"
                )
            if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
                raise BadData(
                    f"{name}_labels must be integers of shape ({len(images)},);"
                    f" these are {labels.dtype} of shape {labels.shape}"
                )
            if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(self.classes):
                raise BadData(f"{name}_labels holds indices outside the {len(self.classes)} classes")
        if len(set(self.classes)) != len(self.classes):
            raise BadData(f"classes need different names; these are {', '.join(self.classes)}")
        if self.normal_class is not None and not 0 <= self.normal_class < len(self.classes):
            raise BadData(
                f"`normal_class` must be an index into the {len(self.classes)} classes, or None;"
                f" not {self.normal_class}"
            )
        if self.train.shape[1:] != self.test.shape[1:]:
            raise BadData(
                f"train and test images differ in size: {self.train.shape[1:]} and {self.test.shape[1:]} (h, w, c)"
            )


class Dataset(ABC):
    """Images in named parts. Each part is one task, or one task for each of its classes.

    Attributes
    ----------
    fingerprint : str
        SHA-256 over the decoded arrays, in hexadecimal, as the function `fingerprint` computes it. It is in the id of
        every trial on the dataset.
    variant : str
        `official`, or the name of another copy or version of the dataset.
    footnote : str
        The sentence that boards show below results on a variant; empty for none.
    parts : tuple of str
        The names of the parts.
    """

    fingerprint: str
    variant: str
    footnote: str = ""
    parts: tuple[str, ...]

    @abstractmethod
    def part(self, name: str) -> LabelledImages:
        """Return the images of one part.

        Parameters
        ----------
        name : str
            One of `parts`.

        Raises
        ------
        KeyError
            If there is no such part.
        """

    if not TYPE_CHECKING:  # a type checker would then accept any attribute

        def __getattr__(self, name: str) -> str:
            """Raise BadSpec if `variant` is missing and the dataset has a `label`, which is its old name."""
            if name == "variant" and hasattr(self, "label"):
                raise renamed_error(type(self).__name__, "label", "variant")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


@renamed(label="variant")
class OnePartDataset(Dataset):
    """A dataset with one part, `all`, such as MNIST. The fingerprint is computed from its images.

    Parameters
    ----------
    images : LabelledImages
        All images of the dataset.
    variant, footnote : str
        As in `Dataset`.
    """

    def __init__(self, images: LabelledImages, *, variant: str = "official", footnote: str = "") -> None:
        self.images = images
        self.variant, self.footnote = variant, footnote
        self.parts = ("all",)
        self.fingerprint = fingerprint(images)

    def part(self, name: str) -> LabelledImages:
        """Return the images; the name must be `all`."""
        if name not in self.parts:
            raise KeyError(name)
        return self.images


def fingerprint(*parts: LabelledImages) -> str:
    """Return the SHA-256 over the images, labels and classes of the parts of a dataset, in hexadecimal.

    Parameters
    ----------
    *parts : LabelledImages
        All parts; their order counts.
    """
    import numpy as np

    digest = hashlib.sha256()
    for images in parts:
        digest.update(repr((images.classes, images.normal_class)).encode())
        labels = (images.train_labels.astype(np.int64), images.test_labels.astype(np.int64))
        for array in (images.train, images.test, *labels):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
