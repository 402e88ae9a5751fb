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
        Full range: 0 is black, the type's maximum is white. May be memory-mapped.
    train_labels, test_labels : ndarray of int64, shape (n,)
        Index into `classes` of each image.
    classes : tuple of str
        Names such as `t_shirt`.
    normal_class : int or None
        None: each class is the normal class of one task (one-vs-rest). An index: the images are one
        task, with this class as the normal one.
    """

    train: RawImages
    test: RawImages
    train_labels: IntArray
    test_labels: IntArray
    classes: tuple[str, ...]
    normal_class: int | None = None

    def __post_init__(self) -> None:
        sides = (("train", self.train, self.train_labels), ("test", self.test, self.test_labels))
        for name, images, labels in sides:
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
        SHA-256 over the decoded arrays; part of every trial's id.
    variant : str
        `official`, or the name of another copy or version.
    footnote : str
        The sentence that boards show below results on a variant.
    parts : tuple of str
        The names that `part` takes.
    """

    fingerprint: str
    variant: str
    footnote: str = ""
    parts: tuple[str, ...]

    @abstractmethod
    def part(self, name: str) -> LabelledImages:
        """Return the images of one part."""

    if not TYPE_CHECKING:  # a type checker would then accept any attribute

        def __getattr__(self, name: str) -> str:
            """Explain a missing `variant`: it was once called `label`."""
            if name == "variant" and hasattr(self, "label"):
                raise renamed_error(type(self).__name__, "label", "variant")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


@renamed(label="variant")
class OnePartDataset(Dataset):
    """A dataset whose images are one set of arrays, such as MNIST."""

    def __init__(self, images: LabelledImages, *, variant: str = "official", footnote: str = "") -> None:
        self.images = images
        self.variant, self.footnote = variant, footnote
        self.parts = ("all",)
        self.fingerprint = fingerprint(images)

    def part(self, name: str) -> LabelledImages:
        """Return the images."""
        if name not in self.parts:
            raise KeyError(name)
        return self.images


def fingerprint(*parts: LabelledImages) -> str:
    """Return the SHA-256 over the arrays, labels and classes of a dataset's parts, in order."""
    import numpy as np

    digest = hashlib.sha256()
    for images in parts:
        digest.update(repr((images.classes, images.normal_class)).encode())
        labels = (images.train_labels.astype(np.int64), images.test_labels.astype(np.int64))
        for array in (images.train, images.test, *labels):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
