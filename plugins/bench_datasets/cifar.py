"""Reads CIFAR-10's binary batches (Krizhevsky 2009): a label byte, then 32 x 32 bytes of red, green and blue."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import IO

import numpy as np

from bench_datasets.compressed import DAMAGE_ERRORS, find_compressed, open_compressed
from benchmark import BadData, DataNotFound, IntArray, LabelledImages, RawImages

ARCHIVE = "cifar-10-binary.tar.gz"
FOLDER = "cifar-10-batches-bin"
BATCHES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")

IMAGE_BYTES = 1 + 3 * 32 * 32
MAX_BATCH_BYTES = 10_000 * IMAGE_BYTES


def find_cifar(folder: Path) -> tuple[Path, ...]:
    """Return the archive, or else the six batches, of a folder or of its `cifar-10-batches-bin`.

    Raises
    ------
    DataNotFound
        If neither is there.
    """
    for name in (ARCHIVE, ARCHIVE.replace(".gz", ".xz"), ARCHIVE.removesuffix(".gz")):
        if (folder / name).is_file():
            return (folder / name,)
    for place in (folder / FOLDER, folder):
        batches = tuple(path for name in BATCHES if (path := find_compressed(place, name)))
        if len(batches) == len(BATCHES):
            return batches
    raise DataNotFound(
        f"{folder} holds neither {ARCHIVE} nor the six batches of it, {BATCHES[0]} to {BATCHES[-1]} (plain, .gz or .xz)"
    )


def decode_cifar(files: tuple[Path, ...], classes: tuple[str, ...]) -> LabelledImages:
    """Return what the archive, or the six batches in order, hold.

    Raises
    ------
    BadData
        If something is damaged or missing.
    """
    try:
        batches = [_decode(content) for content in (_unpack(*files) if len(files) == 1 else map(_read, files))]
        return LabelledImages(
            train=np.concatenate([images for images, _ in batches[:-1]]),
            test=batches[-1][0],
            train_labels=np.concatenate([labels for _, labels in batches[:-1]]),
            test_labels=batches[-1][1],
            classes=classes,
        )
    except (*DAMAGE_ERRORS, BadData, tarfile.TarError) as error:
        place = files[0] if len(files) == 1 else files[0].parent
        reason = str(error).partition("\n")[0].rstrip(":") or type(error).__name__
        raise BadData(f"{place} cannot be read: {reason}; fetch it again") from None


def _unpack(archive: Path) -> list[bytes]:
    """Return the batches of an archive, in order. Nothing is written anywhere, whatever the members are called."""
    batches = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            folder, _, name = member.name.rpartition("/")
            if folder.removeprefix("./") == FOLDER and name in BATCHES and (file := tar.extractfile(member)):
                batches[name] = _limited(file)
    if missing := [name for name in BATCHES if name not in batches]:
        raise BadData(f"it holds no {FOLDER}/{missing[0]}")
    return [batches[name] for name in BATCHES]


def _read(path: Path) -> bytes:
    try:
        with open_compressed(path) as file:
            return _limited(file)
    except DAMAGE_ERRORS as error:
        raise BadData(f"{path.name}: {error}") from None


def _limited(file: IO[bytes]) -> bytes:
    content = file.read(MAX_BATCH_BYTES + 1)
    if not content or len(content) > MAX_BATCH_BYTES or len(content) % IMAGE_BYTES:
        raise BadData(f"a batch is up to 10,000 times {IMAGE_BYTES} bytes, and one here is not")
    return content


def _decode(batch: bytes) -> tuple[RawImages, IntArray]:
    rows = np.frombuffer(batch, dtype=np.uint8).reshape(-1, IMAGE_BYTES)
    images = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # (n, c, h, w) -> (n, h, w, c)
    return np.ascontiguousarray(images), rows[:, 0].astype(np.int64)
