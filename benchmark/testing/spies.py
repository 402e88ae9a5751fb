"""Watches what a detector does to the global generators, and whether it reaches for data that nobody gave it."""

from __future__ import annotations

import contextlib
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from benchmark import frameworks
from benchmark.data.cache import cache_folder
from benchmark.interfaces.dataset import LabelledImages

__all__ = ["Seen", "scramble", "watch"]

SEEDERS = ("random.seed", "numpy.random.seed")
SEEDERS_OF = {"keras": ("tensorflow.random.set_seed", "keras.utils.set_random_seed"), "torch": ("torch.manual_seed",)}

# An audit hook cannot be taken away again: one for all, and a list of those who listen.
_listeners: list[Any] = []
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
    with contextlib.ExitStack() as stack:
        stack.enter_context(_listening(seen))
        made = partial(_tell_of_images, seen, LabelledImages.__post_init__)
        stack.enter_context(mock.patch.object(LabelledImages, "__post_init__", lambda images: made(images)))
        for path in (*SEEDERS, *SEEDERS_OF.get(framework, ())):
            stack.enter_context(_counted(path, seen))
        yield seen


def scramble(framework: str) -> None:
    """Leave the global generators in a state that nobody would expect."""
    import numpy as np

    frameworks.seed_everything(framework, 987_654_321)
    random.random()
    np.random.normal(size=7)


def _tell_of_images(seen: Seen, check: Any, images: LabelledImages) -> None:
    seen.data.append(f"a dataset of {len(images.test)} test images was made")
    check(images)


@contextlib.contextmanager
def _listening(seen: Seen) -> Iterator[None]:
    global _is_hooked
    folders = [str(cache_folder()), os.environ.get("BENCH_DATA", "")]
    roots = [f"{Path(folder).resolve()}{os.sep}" for folder in folders if folder]

    def listen(path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            name = os.path.realpath(os.fsdecode(path))
            # scikit-learn's own data lie inside the package.
            if any(name.startswith(root) for root in roots) or "/sklearn/datasets/data/" in name:
                seen.data.append(f"{name} was opened")

    if not _is_hooked:
        sys.addaudithook(_heard)
        _is_hooked = True
    _listeners.append(listen)
    try:
        yield
    finally:
        _listeners.remove(listen)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        for listen in _listeners:
            listen(arguments[0])


@contextlib.contextmanager
def _counted(path: str, seen: Seen) -> Iterator[None]:
    """Note the calls of a function of a module, which is loaded already."""
    module, *inner, name = path.split(".")
    owner: Any = sys.modules.get(module)
    for part in inner:
        owner = getattr(owner, part, None)
    original = getattr(owner, name, None)
    if original is None:
        yield
        return

    def counted(*arguments: Any, **options: Any) -> Any:
        seen.seeders.append(path)
        return original(*arguments, **options)

    with mock.patch.object(owner, name, counted):
        yield
