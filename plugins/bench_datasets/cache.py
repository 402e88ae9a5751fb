"""Keeps decoded arrays as .npy files, which workers map into memory and share. A copy is complete or not there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from bench_datasets.published_files import FoundDataset
from benchmark import BadData, LabelledImages
from benchmark.plugin import DATA_LOGGER

ARRAYS = {"train": "train", "test": "test", "train_kind": "train_labels", "test_kind": "test_labels"}
"""File -> field of `LabelledImages`. Files, and the keys of meta.json, keep the names they first had: copies that an
earlier version wrote can be read."""

FORMAT = 1
"""Raised by hand when files are decoded or kept in another way: older copies are then made anew."""

log = logging.getLogger(DATA_LOGGER)


def cache_folder() -> Path:
    """Return the folder of the cache: `$BENCH_CACHE`, or the one this system gives to programs."""
    if chosen := os.environ.get("BENCH_CACHE"):
        return Path(chosen).absolute()
    import platformdirs

    return platformdirs.user_cache_path("oneclass-bench")


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What a copy was made from: the place, and a stamp of the files that were there."""

    place: str
    stamp: str = f"v{FORMAT}"

    def __str__(self) -> str:
        return f"{self.place}-{self.stamp}"

    @classmethod
    def of(cls, files: tuple[Path, ...]) -> CacheKey:
        """Return the key of files that are not the cache's own, by name, size and time of their last change."""

        def short(value: object) -> str:
            return hashlib.sha256(repr(value).encode()).hexdigest()[:16]

        facts = [(path.name, path.stat()) for path in files]
        stamp = [(name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in facts]
        return cls(short(str(files[0].parent.resolve())), short((FORMAT, stamp)))


FETCHED = CacheKey("fetched")


class DatasetCache:
    """The copies of one dataset, each in a folder `PLACE-STAMP-FINGERPRINT` that never changes once it is there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = cache_folder() / name

    def facts(self, key: CacheKey) -> tuple[Path, dict[str, Any]] | None:
        """Return the folder of a copy and what is known of it, if all its files are there in full size."""
        for folder in self.folder.glob(f"{key}-*"):
            try:
                facts = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
                sizes = {name: (folder / f"{name}.npy").stat().st_size for name in ARRAYS}
                if facts["sizes"] == sizes:
                    return folder, facts
            except (OSError, ValueError, KeyError, TypeError):
                continue  # damaged, or being replaced at this moment
        return None

    def read(self, key: CacheKey) -> FoundDataset | None:
        """Return a copy, mapped into memory; None if it is not there."""
        known = self.facts(key)
        if known is None:
            return None
        folder, facts = known
        try:
            arrays = {field: np.load(folder / f"{name}.npy", mmap_mode="r") for name, field in ARRAYS.items()}
            images = LabelledImages(**arrays, classes=tuple(facts["kinds"]))
            return FoundDataset(images, fingerprint=facts["fingerprint"], variant=facts["label"])
        except (OSError, ValueError, KeyError, TypeError, BadData):
            return None

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Hold the dataset's lock, and give a folder to work in that is gone afterwards.

        Where the cache cannot be written, there is no lock, and the folder lies elsewhere.
        """
        with ExitStack() as stack:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._lock(stack.enter_context((self.folder / ".lock").open("a")))
                # Left by processes that were killed: one that still runs would hold the lock.
                for leftover in self.folder.glob(".tmp-*"):
                    shutil.rmtree(leftover, ignore_errors=True)
                folder = tempfile.TemporaryDirectory(prefix=".tmp-", dir=self.folder, ignore_cleanup_errors=True)
            except OSError as error:
                log.info("%s: the cache %s cannot be written (%s)", self.name, self.folder, error.strerror)
                folder = tempfile.TemporaryDirectory(prefix="oneclass-bench-", ignore_cleanup_errors=True)
            yield Path(stack.enter_context(folder))

    def keep(self, key: CacheKey, scratch: Path, dataset: FoundDataset) -> FoundDataset:
        """Keep a copy in place of an older one from the same place; return it mapped into memory, if that can be."""
        if scratch.parent != self.folder:
            return dataset
        new = scratch / "kept"
        try:
            new.mkdir()
            sizes = {}
            for name, field in ARRAYS.items():
                with (new / f"{name}.npy").open("wb") as file:
                    np.save(file, getattr(dataset.images, field))
                    sizes[name] = _settle(file)
            facts = {"fingerprint": dataset.fingerprint, "label": dataset.variant, "kinds": dataset.images.classes}
            with (new / "meta.json").open("wb") as file:
                file.write(json.dumps({**facts, "sizes": sizes}, indent=2).encode())
                _settle(file)
            for old in self.folder.glob(f"{key.place}-*"):
                old.rename(scratch / old.name)  # removed with the scratch folder; a process that has it mapped keeps it
            new.rename(self.folder / f"{key}-{dataset.fingerprint[:16]}")
        except OSError as error:  # a full disk
            log.info("%s: nothing is kept in %s (%s)", self.name, self.folder, error.strerror)
            return dataset
        return self.read(key) or dataset

    def _lock(self, file: IO[str]) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("%s: waiting for another process that is preparing it", self.name)
            fcntl.flock(file, fcntl.LOCK_EX)


def _settle(file: IO[bytes]) -> int:
    """Bring a file to the disk, and return its size: a folder must not be renamed into place before its bytes are."""
    file.flush()
    os.fsync(file.fileno())
    return file.tell()
