"""Images of a trial in an anonymous file, which a worker maps into its memory read-only."""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import tempfile
import weakref
from collections.abc import Callable, Sequence
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


# All pages at once: one page fault each costs more than the copy.
_FLAGS = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)


class ImagesFile:
    """An anonymous file: in memory where the system has such files (Linux), else temporary and without a name.

    It can be read only, and is closed when this value is no longer used; a worker that has mapped it keeps it.

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
        size = max(sum(self.layout.counts) * self.layout.image_bytes, 1)  # an empty file cannot be mapped

        def write(descriptor: int) -> None:
            os.ftruncate(descriptor, size)
            with mmap.mmap(descriptor, size, flags=_FLAGS) as memory:
                for images, indices in zip(_views(memory, self.layout), sets, strict=True):
                    # With `clip` NumPy writes to `out` directly; the indices are in range.
                    np.take(raw, indices, axis=0, out=images, mode="clip")
                    del images  # a mapping with a view on it cannot be closed

        self.descriptor = _anonymous_file(write)
        weakref.finalize(self, os.close, self.descriptor)


def map_images(descriptor: int, layout: Layout) -> list[RawImages]:
    """Return the sets of images of a file, memory-mapped and read-only; the descriptor is closed.

    Raises
    ------
    ValueError
        If the file is smaller than the layout says.
    """
    try:
        memory = mmap.mmap(descriptor, 0, flags=_FLAGS, prot=mmap.PROT_READ)
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


def _anonymous_file(write: Callable[[int], None]) -> int:
    """Return the descriptor of a file that can no longer be written to, after `write` has been called with it."""
    try:
        descriptor = os.memfd_create("images", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except (AttributeError, OSError):  # another system, or a sandbox without it
        with tempfile.NamedTemporaryFile() as file:
            write(file.fileno())
            return os.open(file.name, os.O_RDONLY)
    try:
        write(descriptor)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
