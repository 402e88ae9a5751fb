"""Records whether a detector seeds the global generators, makes a dataset, or opens a file of one."""

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

# An audit hook cannot be removed, so there is one hook, which calls the listeners of this list.
_listeners: list[Callable[[object], None]] = []
_is_hooked = False


@dataclass(slots=True)
class Activity:
    """What a detector did within `watch`.

    Attributes
    ----------
    data : list of str
        One sentence for each dataset that was made, and for each file of a dataset that was opened.
    seeders : list of str
        Names of the called functions that seed a global generator.
    """

    data: list[str] = field(default_factory=list)
    seeders: list[str] = field(default_factory=list)


@contextlib.contextmanager
def watch(framework: str) -> Iterator[Activity]:
    """Record the activity within the `with` block."""
    activity = Activity()
    post_init = LabelledImages.__post_init__

    def record_images(images: LabelledImages) -> None:
        activity.data.append(f"a dataset of {len(images.test)} test images was made")
        post_init(images)

    with contextlib.ExitStack() as stack:
        stack.enter_context(_record_files(activity))
        stack.enter_context(mock.patch.object(LabelledImages, "__post_init__", record_images))
        for path in (*SEEDERS, *frameworks.framework(framework).seeders):
            stack.enter_context(_record_calls(path, activity))
        yield activity


def scramble(framework: str) -> None:
    """Put the global generators into a state that differs from the one that a worker sets."""
    frameworks.seed_everything(framework, 987_654_321)
    random.random()
    np.random.normal(size=7)


def data_folders() -> list[Path]:
    """Return the folders with files of datasets: the cache, as `bench_datasets` locates it, and `$BENCH_DATA`."""
    cache = os.environ.get("BENCH_CACHE") or platformdirs.user_cache_path("oneclass-bench")
    return [Path(folder).resolve() for folder in (cache, os.environ.get("BENCH_DATA")) if folder]


@contextlib.contextmanager
def _record_files(activity: Activity) -> Iterator[None]:
    global _is_hooked
    folders = tuple(f"{folder}{os.sep}" for folder in data_folders())

    def listen(path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            name = os.path.realpath(os.fsdecode(path))
            # scikit-learn's own datasets are files of the package.
            if name.startswith(folders) or "/sklearn/datasets/data/" in name:
                activity.data.append(f"{name} was opened")

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
def _record_calls(path: str, activity: Activity) -> Iterator[None]:
    """Record the calls of a function; a function of a module that is not loaded cannot be called."""
    module, *inner, name = path.split(".")
    owner: Any = sys.modules.get(module)
    for part in inner:
        owner = getattr(owner, part, None)
    original = getattr(owner, name, None)
    if original is None:
        yield
        return

    def record(*arguments: Any, **options: Any) -> Any:
        activity.seeders.append(path)
        return original(*arguments, **options)

    with mock.patch.object(owner, name, record):
        yield
