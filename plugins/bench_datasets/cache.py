"""A cache of decoded arrays: .npy files that workers map into memory and share. A copy is complete or absent."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from bench_datasets.published_files import FoundDataset
from benchmark import BadData, BenchError, LabelledImages
from benchmark.plugin import DATA_LOGGER, CacheEntry

ARRAYS = {"train": "train", "test": "test", "train_kind": "train_labels", "test_kind": "test_labels"}
"""File -> field of `LabelledImages`. The names of files, and the keys of meta.json, never change, so that copies of an
earlier version can be read."""

FORMAT = 1
"""Raised by hand when the decoding or the layout changes: older copies are then replaced."""

TEMPORARY = ".tmp-"
"""The prefix of the names of working folders."""

_COPY = re.compile(r"(fetched|[0-9a-f]{16})-(v[0-9]+|[0-9a-f]{16})-[0-9a-f]{16}")

log = logging.getLogger(DATA_LOGGER)


def cache_folder() -> Path:
    """Return the folder of the cache: `$BENCH_CACHE`, or the cache folder of the system."""
    if chosen := os.environ.get("BENCH_CACHE"):
        return Path(chosen).absolute()
    import platformdirs

    return platformdirs.user_cache_path("oneclass-bench")


@dataclass(frozen=True, slots=True)
class CacheKey:
    """The origin of a copy: the place of the files, and a stamp of them."""

    place: str
    stamp: str = f"v{FORMAT}"

    def __str__(self) -> str:
        return f"{self.place}-{self.stamp}"

    @classmethod
    def of(cls, files: tuple[Path, ...]) -> CacheKey:
        """Return the key of files outside the cache, from their names, sizes and times of the last change."""

        def short(value: object) -> str:
            return hashlib.sha256(repr(value).encode()).hexdigest()[:16]

        facts = [(path.name, path.stat()) for path in files]
        stamp = [(name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in facts]
        return cls(short(str(files[0].parent.resolve())), short((FORMAT, stamp)))


FETCHED = CacheKey("fetched")


class DatasetCache:
    """The copies of one dataset. Each is in a folder `PLACE-STAMP-FINGERPRINT`, which never changes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = cache_folder() / name

    def facts(self, key: CacheKey) -> tuple[Path, dict[str, Any]] | None:
        """Return the folder of a copy and the facts in its meta.json, if all its files have their full size."""
        for folder in self.folder.glob(f"{key}-*"):
            try:
                facts = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
                sizes = {name: (folder / f"{name}.npy").stat().st_size for name in ARRAYS}
                if facts["sizes"] == sizes:
                    return folder, facts
            except (OSError, ValueError, KeyError, TypeError):
                continue  # damaged, or just being replaced
        return None

    def read(self, key: CacheKey) -> FoundDataset | None:
        """Return a copy, mapped into memory; None if there is none."""
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
        """Hold the lock of the dataset, and provide a temporary working folder.

        If the cache is not writable, there is no lock, and the folder is elsewhere.
        """
        with ExitStack() as stack:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._lock(stack.enter_context((self.folder / ".lock").open("a")))
                # Left by processes that were killed: a running process would hold the lock.
                for leftover in self.folder.glob(f"{TEMPORARY}*"):
                    shutil.rmtree(leftover, ignore_errors=True)
                folder = tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=self.folder, ignore_cleanup_errors=True)
            except OSError as error:
                log.info("%s: the cache %s cannot be written (%s)", self.name, self.folder, error.strerror)
                folder = tempfile.TemporaryDirectory(prefix="oneclass-bench-", ignore_cleanup_errors=True)
            yield Path(stack.enter_context(folder))

    def keep(self, key: CacheKey, scratch: Path, dataset: FoundDataset) -> FoundDataset:
        """Store a copy and remove older ones from the same place; return it, mapped into memory if possible."""
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
                # It is removed with the working folder; a process that has it mapped can still read it.
                old.rename(scratch / old.name)
            new.rename(self.folder / f"{key}-{dataset.fingerprint[:16]}")
        except OSError as error:  # a full disk
            log.info("%s: nothing is kept in %s (%s)", self.name, self.folder, error.strerror)
            return dataset
        return self.read(key) or dataset

    def clean(self, *, dry_run: bool = False) -> tuple[CacheEntry, ...]:
        """Remove all copies, and what killed processes left behind; a process that has a copy mapped can still read it.

        Only folders with the names that this class gives are removed: the cache may lie in a folder with other files.

        Raises
        ------
        BenchError
            If a folder cannot be removed.
        """
        removed = []
        try:
            with ExitStack() as stack:
                if self.folder.is_dir() and not dry_run:
                    self._lock(stack.enter_context((self.folder / ".lock").open("a")))
                for folder in self._own_folders():
                    entry = CacheEntry(folder, _size(folder))
                    if not dry_run:
                        self._remove(folder)
                    removed.append(entry)
        except OSError as error:
            raise BenchError(f"{self.name}: {error.filename} cannot be removed: {error.strerror}") from None
        return tuple(removed)

    def _own_folders(self) -> list[Path]:
        """Return the folders of copies, and before them those that a process works in."""
        folders = sorted(path for path in self.folder.glob("*") if path.is_dir() and not path.is_symlink())
        return [path for path in folders if path.name.startswith(TEMPORARY) or _COPY.fullmatch(path.name)]

    def _remove(self, folder: Path) -> None:
        """Rename a copy first, so that no other process finds one that is removed in part."""
        if not folder.name.startswith(TEMPORARY):
            folder = folder.rename(folder.with_name(f"{TEMPORARY}{folder.name}"))
        shutil.rmtree(folder)

    def _lock(self, file: IO[str]) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("%s: waiting for another process that is preparing it", self.name)
            fcntl.flock(file, fcntl.LOCK_EX)


def _size(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _settle(file: IO[bytes]) -> int:
    """Write a file through to the disk, and return its size: its folder is renamed only after that."""
    file.flush()
    os.fsync(file.fileno())
    return file.tell()
