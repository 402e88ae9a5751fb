"""Obtains a dataset: `$BENCH_DATA/NAME`, else the cache, else each source in turn; checked, and kept decoded."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench_datasets.cache import FETCHED, CacheKey, DatasetCache
from bench_datasets.published_files import FoundDataset, PublishedFiles
from benchmark import BadData, DataNotFound, NoOptions, fingerprint
from benchmark.plugin import DatasetFiles, Location

log = logging.getLogger("benchmark.data")


def obtain(published: PublishedFiles, config: NoOptions | None = None) -> FoundDataset:  # noqa: ARG001 - nothing to configure
    """Return a dataset, from wherever it can be had.

    Raises
    ------
    DataNotFound
        If no place has it; the message says what was tried, and what to do.
    BadData
        If the files in `$BENCH_DATA/NAME` are damaged, or no known copy and not accepted.
    """
    files, why = _given(published)
    if files:
        return _kept(published, CacheKey.of(files), lambda _: _decoded(published, files, str(files[0].parent)))
    return _kept(published, FETCHED, lambda scratch: _fetched(published, scratch, why))


def locate(published: PublishedFiles) -> Location:
    """Say where a dataset is now, without decoding or fetching anything."""
    files, _ = _given(published)
    known = DatasetCache(published.name).facts(CacheKey.of(files) if files else FETCHED)
    variant = published.variant_of(known[1]["fingerprint"], earned=known[1]["label"]) if known else None
    return Location("BENCH_DATA" if files else "cache" if variant else "missing", variant)


def verify(published: PublishedFiles) -> FoundDataset:
    """Return a dataset that is here already, after computing its fingerprint anew.

    Raises
    ------
    DataNotFound
        If it is not here.
    BadData
        If the decoded copy in the cache is no longer what it was.
    """
    files, _ = _given(published)
    cache, key = DatasetCache(published.name), CacheKey.of(files) if files else FETCHED
    if cache.facts(key) is None:
        if not files:
            raise DataNotFound(f"dataset {published.name!r} is not here; run: bench data fetch {published.name}")
        return obtain(published)  # decoded at this moment
    kept = cache.read(key)
    if kept is None or fingerprint(kept.images) != kept.fingerprint:
        raise BadData(
            f"the decoded copy of {published.name!r} in the cache is damaged: its images no longer have the fingerprint"
            f" they were kept under; remove {cache.folder}, then run: bench data fetch {published.name}"
        )
    return obtain(published)


def _given(published: PublishedFiles) -> tuple[tuple[Path, ...], str]:
    """Return the files in `$BENCH_DATA/NAME`, or none and the reason."""
    root = os.environ.get("BENCH_DATA")
    if not root:
        return (), "BENCH_DATA is not set"
    try:
        return published.find(Path(root).absolute() / published.name), ""
    except DataNotFound as error:
        return (), f"BENCH_DATA: {error}"


def _kept(published: PublishedFiles, key: CacheKey, make: Callable[[Path], FoundDataset]) -> FoundDataset:
    """Return a copy from the cache; made under the lock, and kept, if it is not there."""
    cache = DatasetCache(published.name)
    if found := _usable(published, cache.read(key)):
        return found
    with cache.scratch() as scratch:
        # Another process may have been faster.
        found = _usable(published, cache.read(key)) or cache.keep(key, scratch, make(scratch))
    found.footnote = published.footnote(found.variant)
    return found


def _usable(published: PublishedFiles, found: FoundDataset | None) -> FoundDataset | None:
    """Label a copy by what is known today; None if it would be refused."""
    if found is None or (variant := published.variant_of(found.fingerprint, earned=found.variant)) is None:
        return None
    found.variant, found.footnote = variant, published.footnote(variant)
    return found


def _decoded(published: PublishedFiles, files: tuple[Path, ...], place: str) -> FoundDataset:
    """Decode files, and find out which copy they are."""
    log.info("%s: decoding the files from %s", published.name, place)
    images = published.decode(files, published.classes)
    sha256 = fingerprint(images)
    variant = published.variant_of(sha256, earned="official" if _is_official(published, files) else "")
    if variant is None:
        known = ", ".join(f"{variant.fingerprint[:16]} ({variant.name})" for variant in published.variants)
        raise BadData(
            f"the images from {place} are no known copy of {published.name!r}: their fingerprint is {sha256[:16]},"
            f" known are {known}; refused, unless `bench run --accept-data {published.name}` makes them a footnoted"
            " result"
        )
    log.info("%s: %s copy, fingerprint %s", published.name, variant, sha256[:16])
    return FoundDataset(images, fingerprint=sha256, variant=variant)


def _is_official(published: PublishedFiles, files: tuple[Path, ...]) -> bool:
    if not published.official_md5 or len(files) > 1:
        return False
    with files[0].open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest() == published.official_md5


def _fetched(published: PublishedFiles, scratch: Path, why: str) -> FoundDataset:
    """Try the sources one by one."""
    tried = [why, f"{DatasetCache(published.name).folder}: not cached"]
    folder = scratch / "files"
    folder.mkdir()
    for source in published.sources:
        try:
            return _decoded(published, published.find(source.fetch(folder)), str(source))
        except (BadData, DataNotFound, OSError) as error:
            log.info("%s: %s: %s", published.name, source, error)
            tried.append(f"{source}: {error}")
    raise DataNotFound(
        f"dataset {published.name!r} was not found. Tried: {'; '.join(tried)}. What to do: set BENCH_DATA to a folder"
        f" whose {published.name}/ holds its files, or run: bench data fetch {published.name}, where there is a network"
    )


@dataclass(frozen=True, slots=True)
class CachedFiles(DatasetFiles):
    """The files of a published dataset, kept decoded in the cache once they were found or fetched."""

    published: PublishedFiles

    def locate(self) -> Location:
        """Return where the dataset is now."""
        return locate(self.published)

    def fetch(self) -> FoundDataset:
        """Return the dataset, from wherever it can be had."""
        return obtain(self.published)

    def verify(self) -> FoundDataset:
        """Return a dataset that is here already, after computing its fingerprint anew."""
        return verify(self.published)
