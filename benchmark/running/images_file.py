"""Images of a trial in an anonymous file, which a worker maps into its memory read-only."""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import IntArray, RawImages


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the sets of images lie in a file, one after the other.

    Attributes
    ----------
    dtype : str
        `uint8` or `uint16`.
    shape : tuple of int
        Height, width and channels of an image.
    counts : tuple of int
        The number of images of each set.
    """

    dtype: str
    shape: tuple[int, int, int]
    counts: tuple[int, ...]

    @property
    def image_bytes(self) -> int:
        """The size of one image."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


class ImagesFile:
    """An anonymous file: in memory where the system has such files (Linux), else temporary and without a name.

    Parameters
    ----------
    raw : ndarray of uint8 or uint16, shape (n, h, w, c)
        Images, for example memory-mapped ones of a dataset.
    sets : sequence of ndarray of int64
        For each set, the indices of its images, in the order in which they are written.
    """

    def __init__(self, raw: RawImages, sets: Sequence[IntArray]) -> None:
        height, width, channels = raw.shape[1:]
        self.layout = Layout(
            dtype=raw.dtype.name, shape=(height, width, channels), counts=tuple(len(indices) for indices in sets)
        )
        self.descriptor = _anonymous_file()
        # Also closed if no one asks for it any more, for example after an interrupt.
        self.close = weakref.finalize(self, os.close, self.descriptor)
        """Close this end; a worker that has mapped the file keeps it."""
        size = sum(self.layout.counts) * self.layout.image_bytes
        os.ftruncate(self.descriptor, max(size, 1))  # an empty file cannot be mapped
        with mmap.mmap(self.descriptor, max(size, 1)) as memory:
            for images, indices in zip(_views(memory, self.layout), sets, strict=True):
                # With `clip` NumPy writes to `out` directly; the indices are in range.
                np.take(raw, indices, axis=0, out=images, mode="clip")
                del images  # a mapping with a view on it cannot be closed


def map_images(descriptor: int, layout: Layout) -> list[RawImages]:
    """Return the sets of images of a file, memory-mapped and read-only; the descriptor is closed.

    Raises
    ------
    ValueError
        If the file is smaller than the layout says.
    """
    try:
        memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
    finally:
        os.close(descriptor)
    return _views(memory, layout)


def _views(memory: mmap.mmap, layout: Layout) -> list[RawImages]:
    views, start = [], 0
    for count in layout.counts:
        pixels = np.frombuffer(memory, layout.dtype, count * math.prod(layout.shape), start)
        views.append(pixels.reshape(count, *layout.shape))
        start += count * layout.image_bytes
    return views


def _anonymous_file() -> int:
    with contextlib.suppress(AttributeError, OSError):  # another system, or a sandbox without it
        return os.memfd_create("images", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
