"""Obtains a dataset: `$BENCH_DATA/NAME`, else the cache, else each source in turn; checked, and kept decoded."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmark.data.cache import FETCHED, Key, Shelf
from benchmark.data.recipe import FoundDataset, Recipe
from benchmark.interfaces.dataset import fingerprint
from benchmark.interfaces.errors import BadData, DataNotFound
from benchmark.interfaces.specs import NoOptions

__all__ = ["Whereabouts", "locate", "obtain", "verify"]

log = logging.getLogger("benchmark.data")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a dataset was found: `BENCH_DATA`, `cache` or `missing`; its label, where it was decoded before."""

    found: str
    label: str | None = None


def obtain(recipe: Recipe, config: NoOptions | None = None) -> FoundDataset:  # noqa: ARG001 - nothing to configure
    """Return a dataset, from wherever it can be had.

    Raises
    ------
    DataNotFound
        If no place has it; the message says what was tried, and what to do.
    BadData
        If the files in `$BENCH_DATA/NAME` are damaged, or no known copy and not accepted.
    """
    files, why = _given(recipe)
    if files:
        return _kept(recipe, Key.of(files), lambda _: _decoded(recipe, files, str(files[0].parent)))
    return _kept(recipe, FETCHED, lambda scratch: _fetched(recipe, scratch, why))


def locate(recipe: Recipe) -> Whereabouts:
    """Say where a dataset is now, without decoding or fetching anything."""
    files, _ = _given(recipe)
    known = Shelf(recipe.name).facts(Key.of(files) if files else FETCHED)
    label = recipe.label(known[1]["fingerprint"], earned=known[1]["label"]) if known else None
    return Whereabouts("BENCH_DATA" if files else "cache" if label else "missing", label)


def verify(recipe: Recipe) -> FoundDataset:
    """Return a dataset that is here already, after computing its fingerprint anew.

    Raises
    ------
    DataNotFound
        If it is not here.
    BadData
        If the decoded copy in the cache is no longer what it was.
    """
    files, _ = _given(recipe)
    shelf, key = Shelf(recipe.name), Key.of(files) if files else FETCHED
    if shelf.facts(key) is None:
        if not files:
            raise DataNotFound(f"dataset {recipe.name!r} is not here; run: bench data fetch {recipe.name}")
        return obtain(recipe)  # decoded at this moment
    kept = shelf.read(key)
    if kept is None or fingerprint(kept.images) != kept.fingerprint:
        raise BadData(
            f"the decoded copy of {recipe.name!r} in the cache is damaged: its images no longer have the fingerprint"
            f" they were kept under; remove {shelf.folder}, then run: bench data fetch {recipe.name}"
        )
    return obtain(recipe)


def _given(recipe: Recipe) -> tuple[tuple[Path, ...], str]:
    """Return the files in `$BENCH_DATA/NAME`, or none and the reason."""
    root = os.environ.get("BENCH_DATA")
    if not root:
        return (), "BENCH_DATA is not set"
    try:
        return recipe.find(Path(root).absolute() / recipe.name), ""
    except DataNotFound as error:
        return (), f"BENCH_DATA: {error}"


def _kept(recipe: Recipe, key: Key, make: Callable[[Path], FoundDataset]) -> FoundDataset:
    """Return a copy from the cache; made under the lock, and kept, if it is not there."""
    shelf = Shelf(recipe.name)
    if found := _usable(recipe, shelf.read(key)):
        return found
    with shelf.scratch() as scratch:
        # Another process may have been faster.
        found = _usable(recipe, shelf.read(key)) or shelf.keep(key, scratch, make(scratch))
    found.footnote = recipe.footnote(found.label)
    return found


def _usable(recipe: Recipe, found: FoundDataset | None) -> FoundDataset | None:
    """Label a copy by what is known today; None if it would be refused."""
    if found is None or (label := recipe.label(found.fingerprint, earned=found.label)) is None:
        return None
    found.label, found.footnote = label, recipe.footnote(label)
    return found


def _decoded(recipe: Recipe, files: tuple[Path, ...], place: str) -> FoundDataset:
    """Decode files, and find out which copy they are."""
    log.info("%s: decoding the files from %s", recipe.name, place)
    images = recipe.decode(files, recipe.kinds)
    sha256 = fingerprint(images)
    label = recipe.label(sha256, earned="official" if _is_official(recipe, files) else "")
    if label is None:
        known = ", ".join(f"{variant.fingerprint[:16]} ({variant.label})" for variant in recipe.variants)
        raise BadData(
            f"the images from {place} are no known copy of {recipe.name!r}: their fingerprint is {sha256[:16]}, known"
            f" are {known}; refused, unless `bench run --accept-data {recipe.name}` makes them a footnoted result"
        )
    log.info("%s: %s copy, fingerprint %s", recipe.name, label, sha256[:16])
    return FoundDataset(images, fingerprint=sha256, label=label)


def _is_official(recipe: Recipe, files: tuple[Path, ...]) -> bool:
    if not recipe.official_md5 or len(files) > 1:
        return False
    with files[0].open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == recipe.official_md5


def _fetched(recipe: Recipe, scratch: Path, why: str) -> FoundDataset:
    """Try the sources one by one."""
    tried = [why, f"{Shelf(recipe.name).folder}: not cached"]
    folder = scratch / "files"
    folder.mkdir()
    for source in recipe.sources:
        try:
            return _decoded(recipe, recipe.find(source.fetch(folder)), str(source))
        except (BadData, DataNotFound, OSError) as error:
            log.info("%s: %s: %s", recipe.name, source, error)
            tried.append(f"{source}: {error}")
    raise DataNotFound(
        f"dataset {recipe.name!r} was not found. Tried: {'; '.join(tried)}. What to do: set BENCH_DATA to a folder"
        f" whose {recipe.name}/ holds its files, or run: bench data fetch {recipe.name}, where there is a network"
    )
