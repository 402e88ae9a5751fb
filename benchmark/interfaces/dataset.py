"""What a dataset is: parts of labelled images, and a fingerprint that names their exact bytes."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.interfaces.errors import BadData

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import IntArray, RawImages

__all__ = ["Dataset", "LabelledImages", "OnePartDataset", "fingerprint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImages:
    """Training and test images with the kind of each.

    Attributes
    ----------
    train, test : ndarray of uint8 or uint16, shape (n, h, w, c)
        Full range: 0 is black, the type's maximum is white. May be memory-mapped.
    train_kind, test_kind : ndarray of int64, shape (n,)
        Index into `kinds` of each image.
    kinds : tuple of str
        Slugs such as `t_shirt`.
    normal : int or None
        None: each kind is the normal class of a task of its own (one-vs-rest). An index: the
        images make one task, with this kind as the normal one.
    """

    train: RawImages
    test: RawImages
    train_kind: IntArray
    test_kind: IntArray
    kinds: tuple[str, ...]
    normal: int | None = None

    def __post_init__(self) -> None:
        for name, images, kind in (("train", self.train, self.train_kind), ("test", self.test, self.test_kind)):
            if images.ndim != 4 or images.dtype.name not in ("uint8", "uint16"):
                raise BadData(
                    f"{name} images must be uint8 or uint16 of shape (n, h, w, c);"
                    f" these are {images.dtype} of shape {images.shape}"
                )
            if kind.shape != (len(images),) or kind.dtype.kind not in "iu":
                raise BadData(
                    f"{name}_kind must be integers of shape ({len(images)},);"
                    f" these are {kind.dtype} of shape {kind.shape}"
                )
            if len(kind) and not 0 <= int(kind.min()) <= int(kind.max()) < len(self.kinds):
                raise BadData(f"{name}_kind holds indices outside the {len(self.kinds)} kinds")
        if len(set(self.kinds)) != len(self.kinds):
            raise BadData(f"each kind needs a name of its own; these are {', '.join(self.kinds)}")
        if self.normal is not None and not 0 <= self.normal < len(self.kinds):
            raise BadData(f"`normal` must be an index into the {len(self.kinds)} kinds, or None; not {self.normal}")
        if self.train.shape[1:] != self.test.shape[1:]:
            raise BadData(
                f"train and test images differ in size: {self.train.shape[1:]} and {self.test.shape[1:]} (h, w, c)"
            )


class Dataset(ABC):
    """Images in named parts. Each part is one task, or one task for each of its kinds.

    Attributes
    ----------
    fingerprint : str
        SHA-256 over the decoded arrays; part of every trial's id.
    label : str
        `official`, or the name of a variant.
    footnote : str
        The sentence that boards put under results on a variant.
    parts : tuple of str
        The names that `part` takes.
    """

    fingerprint: str
    label: str
    footnote: str = ""
    parts: tuple[str, ...]

    @abstractmethod
    def part(self, name: str) -> LabelledImages:
        """Return the images of one part."""


class OnePartDataset(Dataset):
    """A dataset whose images are one set of arrays, such as MNIST."""

    def __init__(self, images: LabelledImages, *, label: str = "official", footnote: str = "") -> None:
        self.images = images
        self.label, self.footnote = label, footnote
        self.parts = ("all",)
        self.fingerprint = fingerprint(images)

    def part(self, name: str) -> LabelledImages:
        """Return the images."""
        if name not in self.parts:
            raise KeyError(name)
        return self.images


def fingerprint(*parts: LabelledImages) -> str:
    """Return the SHA-256 over the arrays and kinds of a dataset's parts, in order."""
    import numpy as np

    digest = hashlib.sha256()
    for images in parts:
        digest.update(repr((images.kinds, images.normal)).encode())
        kinds = (images.train_kind.astype(np.int64), images.test_kind.astype(np.int64))
        for array in (images.train, images.test, *kinds):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
