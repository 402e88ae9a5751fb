"""Reads idx files, the format MNIST was published in (LeCun, Cortes and Burges): magic, sizes, raw bytes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench_datasets.compressed import DAMAGE_ERRORS, MAX_BYTES, find_compressed, open_compressed
from benchmark import BadData, DataNotFound, LabelledImages

IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def find_idx(folder: Path) -> tuple[Path, ...]:
    """Return the four files of a folder, in the order of `IDX_FILES`.

    Raises
    ------
    DataNotFound
        If one is missing.
    """
    files = {name: path for name in IDX_FILES if (path := find_compressed(folder, name))}
    if missing := [name for name in IDX_FILES if name not in files]:
        raise DataNotFound(f"{folder} holds no {' nor '.join(missing)} (plain, .gz or .xz)")
    return tuple(files.values())


def decode_idx(files: tuple[Path, ...], classes: tuple[str, ...]) -> LabelledImages:
    """Return what the four files hold.

    Raises
    ------
    BadData
        If one is damaged, or they do not belong together.
    """
    train, train_labels, test, test_labels = (read_idx(path) for path in files)
    try:
        return LabelledImages(
            train=train[..., None],
            test=test[..., None],
            train_labels=train_labels.astype("int64"),
            test_labels=test_labels.astype("int64"),
            classes=classes,
        )
    except BadData as error:
        raise BadData(f"the four files in {files[0].parent} make no dataset: {error}") from None


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """Return the array of an idx file of unsigned bytes, plain, gzip or xz.

    Raises
    ------
    BadData
        If the file cannot be read, is cut short, is longer than its header says, or is no such file.
    """
    try:
        with open_compressed(path) as file:
            # Bytes 0 and 1 are zero, 2 is the type (8 = unsigned byte), 3 the number of dimensions, here up to 4.
            magic = file.read(4)
            if len(magic) < 4 or magic[:3] != b"\x00\x00\x08" or magic[3] not in range(1, 5):
                raise BadData(f"{path} is not an idx file of unsigned bytes; fetch it again")
            # Then the sizes, big-endian.
            sizes = file.read(4 * magic[3])
            shape = tuple(int.from_bytes(sizes[i : i + 4], "big") for i in range(0, 4 * magic[3], 4))
            promised = math.prod(shape)
            content = file.read(min(promised, MAX_BYTES) + 1)
    except DAMAGE_ERRORS as error:
        raise BadData(f"{path} cannot be read: {error}; fetch it again") from None
    if len(sizes) < 4 * magic[3] or len(content) < promised:
        raise BadData(f"{path} is damaged: it has {len(content)} of the {promised} bytes that its header states")
    if len(content) > promised:
        raise BadData(f"{path} is damaged: it has more than the {promised} bytes that its header states")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)
