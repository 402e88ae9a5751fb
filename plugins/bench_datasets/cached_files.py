"""Finds or fetches the files of a dataset, checks which copy they are, and stores them decoded in the cache."""

from __future__ import annotations

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from bench_datasets.cache import FETCHED, CacheKey, DatasetCache
from bench_datasets.published_files import OFFICIAL, FoundDataset, PublishedFiles
from benchmark import BadData, DataNotFound, fingerprint
from benchmark.plugin import DATA_LOGGER, CacheEntry, DatasetFiles, Location

log = logging.getLogger(DATA_LOGGER)


@dataclass(frozen=True, slots=True)
class CachedFiles(DatasetFiles):
    """A dataset in `$BENCH_DATA/NAME`, else in the cache, else from the first source that has it."""

    published: PublishedFiles

    def locate(self) -> Location:
        """Return where the dataset is now."""
        files, _ = self._own_files()
        kept = DatasetCache(self.published.name).facts(_key(files))
        variant = self._variant_today(kept[1]["fingerprint"], kept[1]["label"]) if kept else None
        if files:
            return Location("BENCH_DATA", variant)
        return Location("cache" if variant else "missing", variant)

    def fetch(self) -> FoundDataset:
        """Return the dataset: from the cache, or found or fetched, decoded, and then stored in the cache.

        Raises
        ------
        DataNotFound
            If no place has it; the message says what was tried, and what to do.
        BadData
            If the files in `$BENCH_DATA/NAME` are damaged, or no known copy and not accepted.
        """
        files, reason = self._own_files()
        cache, key = DatasetCache(self.published.name), _key(files)
        if kept := self._accepted(cache.read(key)):
            return kept
        with cache.scratch() as scratch:
            # Another process may have stored it in the meantime.
            dataset = self._accepted(cache.read(key))
            if dataset is None:
                new = self._decode(files, str(files[0].parent)) if files else self._from_sources(scratch, reason)
                dataset = cache.keep(key, scratch, new)
        dataset.footnote = self.published.footnote(dataset.variant)
        return dataset

    def verify(self) -> FoundDataset:
        """Return a dataset that is on this machine, after computing its fingerprint again.

        Raises
        ------
        DataNotFound
            If it is not here.
        BadData
            If the decoded copy in the cache is no longer what it was.
        """
        name = self.published.name
        files, _ = self._own_files()
        cache, key = DatasetCache(name), _key(files)
        if cache.facts(key) is None:
            if not files:
                raise DataNotFound(f"dataset {name!r} is not here; run: bench data fetch {name}")
            return self.fetch()  # decodes it now
        kept = cache.read(key)
        if kept is None or fingerprint(kept.images) != kept.fingerprint:
            raise BadData(
                f"the decoded copy of {name!r} in the cache is damaged: its images no longer have their"
                f" fingerprint; run: bench data clean {name}, then run: bench data fetch {name}"
            )
        return self.fetch()

    def clean(self, *, dry_run: bool = False) -> tuple[CacheEntry, ...]:
        """Remove the decoded copies from the cache; the files in `$BENCH_DATA` are not touched.

        Raises
        ------
        BenchError
            If a copy cannot be removed.
        """
        return DatasetCache(self.published.name).clean(dry_run=dry_run)

    def _own_files(self) -> tuple[tuple[Path, ...], str]:
        """Return the files in `$BENCH_DATA/NAME`, or none and the reason."""
        root = os.environ.get("BENCH_DATA")
        if not root:
            return (), "BENCH_DATA is not set"
        try:
            return self.published.find(Path(root).absolute() / self.published.name), ""
        except DataNotFound as error:
            return (), f"BENCH_DATA: {error}"

    def _accepted(self, kept: FoundDataset | None) -> FoundDataset | None:
        """Return a copy from the cache with its present variant; None if there is none, or it is no longer accepted."""
        variant = self._variant_today(kept.fingerprint, kept.variant) if kept else None
        if kept is None or variant is None:
            return None
        kept.variant, kept.footnote = variant, self.published.footnote(variant)
        return kept

    def _variant_today(self, fingerprint: str, kept_as: str) -> str | None:
        return self.published.variant_of(fingerprint, official=kept_as == OFFICIAL)

    def _decode(self, files: tuple[Path, ...], place: str) -> FoundDataset:
        """Decode files, and determine which copy they are."""
        published = self.published
        log.info("%s: decoding the files from %s", published.name, place)
        images = published.decode(files, published.classes)
        sha256 = fingerprint(images)
        variant = published.variant_of(sha256, official=self._are_official(files))
        if variant is None:
            known = ", ".join(f"{variant.fingerprint[:16]} ({variant.name})" for variant in published.variants)
            raise BadData(
                f"the images from {place} are no known copy of {published.name!r}: their fingerprint is {sha256[:16]},"
                f" known are {known}; refused, unless `bench run --accept-data {published.name}` makes them a footnoted"
                " result"
            )
        log.info("%s: %s copy, fingerprint %s", published.name, variant, sha256[:16])
        return FoundDataset(images, fingerprint=sha256, variant=variant)

    def _are_official(self, files: tuple[Path, ...]) -> bool:
        if not self.published.official_md5 or len(files) > 1:
            return False
        with files[0].open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        return digest.hexdigest() == self.published.official_md5

    def _from_sources(self, scratch: Path, reason: str) -> FoundDataset:
        """Return the dataset from the first source that has it."""
        name = self.published.name
        tried = [reason, f"{DatasetCache(name).folder}: not cached"]
        folder = scratch / "files"
        folder.mkdir()
        for source in self.published.sources:
            try:
                return self._decode(self.published.find(source.fetch(folder)), str(source))
            except (BadData, DataNotFound, OSError) as error:
                log.info("%s: %s: %s", name, source, error)
                tried.append(f"{source}: {error}")
        raise DataNotFound(
            f"dataset {name!r} was not found. Tried: {'; '.join(tried)}. What to do: set BENCH_DATA to a folder whose"
            f" {name}/ holds its files, or run: bench data fetch {name}, where there is a network"
        )


def _key(files: tuple[Path, ...]) -> CacheKey:
    """Return the key of the decoded copy: of the user's files, or of the fetched ones if there are none."""
    return CacheKey.of(files) if files else FETCHED
