"""Watches what a detector does to the global generators, and whether it opens data that it was not given."""

from __future__ import annotations

import contextlib
import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import platformdirs

from benchmark.interfaces.dataset import LabelledImages
from benchmark.running import frameworks

SEEDERS = ("random.seed", "numpy.random.seed")

# An audit hook cannot be removed: there is one for all, and a list of those who want to know.
_listeners: list[Callable[[object], None]] = []
_is_hooked = False


@dataclass(slots=True)
class Seen:
    """What a detector did while it was watched.

    Attributes
    ----------
    data : list of str
        Datasets that were made, and files of datasets that were opened.
    seeders : list of str
        Functions that seed a global generator, and were called.
    """

    data: list[str] = field(default_factory=list)
    seeders: list[str] = field(default_factory=list)


@contextlib.contextmanager
def watch(framework: str) -> Iterator[Seen]:
    """Watch for as long as this lasts."""
    seen = Seen()
    check = LabelledImages.__post_init__

    def note_images(images: LabelledImages) -> None:
        seen.data.append(f"a dataset of {len(images.test)} test images was made")
        check(images)

    with contextlib.ExitStack() as stack:
        stack.enter_context(_noting_files(seen))
        stack.enter_context(mock.patch.object(LabelledImages, "__post_init__", note_images))
        for path in (*SEEDERS, *frameworks.framework(framework).seeders):
            stack.enter_context(_noting_calls(path, seen))
        yield seen


def scramble(framework: str) -> None:
    """Leave the global generators in a state that no detector can rely on."""
    frameworks.seed_everything(framework, 987_654_321)
    random.random()
    np.random.normal(size=7)


def data_folders() -> list[Path]:
    """Return where files of datasets lie: `$BENCH_DATA`, and the cache as `bench_datasets` finds it."""
    cache = os.environ.get("BENCH_CACHE") or platformdirs.user_cache_path("oneclass-bench")
    return [Path(folder).resolve() for folder in (cache, os.environ.get("BENCH_DATA")) if folder]


@contextlib.contextmanager
def _noting_files(seen: Seen) -> Iterator[None]:
    global _is_hooked
    folders = tuple(f"{folder}{os.sep}" for folder in data_folders())

    def listen(path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            name = os.path.realpath(os.fsdecode(path))
            # scikit-learn's own data lie inside the package.
            if name.startswith(folders) or "/sklearn/datasets/data/" in name:
                seen.data.append(f"{name} was opened")

    if not _is_hooked:
        sys.addaudithook(_on_event)
        _is_hooked = True
    _listeners.append(listen)
    try:
        yield
    finally:
        _listeners.remove(listen)


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        for listen in _listeners:
            listen(arguments[0])


@contextlib.contextmanager
def _noting_calls(path: str, seen: Seen) -> Iterator[None]:
    """Note the calls of a function of a module that is loaded; there are none of one that is not."""
    module, *inner, name = path.split(".")
    owner: Any = sys.modules.get(module)
    for part in inner:
        owner = getattr(owner, part, None)
    original = getattr(owner, name, None)
    if original is None:
        yield
        return

    def noting(*arguments: Any, **options: Any) -> Any:
        seen.seeders.append(path)
        return original(*arguments, **options)

    with mock.patch.object(owner, name, noting):
        yield
