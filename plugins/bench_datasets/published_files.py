"""A dataset that was published as files: how to find and decode them, the known copies, and the sources."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench_datasets.sources import Source
from benchmark import Dataset, LabelledImages

OFFICIAL, UNVERIFIED = "official", "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A known copy, identified by the SHA-256 of its decoded arrays. A copy that is not `official` has a footnote."""

    fingerprint: str
    name: str = OFFICIAL
    footnote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFiles:
    """A dataset that was published as files.

    Attributes
    ----------
    find : callable
        folder -> the files in it; raises DataNotFound if they are not all there.
    decode : callable
        (files, classes) -> the images; raises BadData.
    variants : tuple of Variant
        The known copies.
    sources : tuple of Source
        The sources of copies, in the order in which they are tried.
    official_md5 : str
        The MD5 of the official archive; its images then need no known fingerprint.
    """

    name: str
    classes: tuple[str, ...]
    find: Callable[[Path], tuple[Path, ...]]
    decode: Callable[[tuple[Path, ...], tuple[str, ...]], LabelledImages]
    variants: tuple[Variant, ...]
    sources: tuple[Source, ...] = ()
    official_md5: str = ""

    def variant_of(self, fingerprint: str, *, official: bool = False) -> str | None:
        """Return which variant a copy is; None if it is refused.

        A known fingerprint decides. With an unknown one, a copy is `official` if the files have the official MD5.
        """
        for variant in self.variants:
            if variant.fingerprint == fingerprint:
                return variant.name
        if official:
            return OFFICIAL
        accepted = os.environ.get("BENCH_ACCEPT_DATA", "").replace(" ", "").split(",")
        return UNVERIFIED if self.name in accepted else None

    def footnote(self, variant: str) -> str:
        """Return the footnote of results on a copy; empty for the official one."""
        if variant == UNVERIFIED:
            return f"The images are no known copy of {self.name}; they were accepted with --accept-data."
        return next((known.footnote for known in self.variants if known.name == variant), "")


class FoundDataset(Dataset):
    """A dataset with a known fingerprint, so that loading it reads no pixels."""

    def __init__(self, images: LabelledImages, *, fingerprint: str, variant: str, footnote: str = "") -> None:
        self.images = images
        self.fingerprint = fingerprint
        self.variant, self.footnote = variant, footnote
        self.parts = ("all",)

    def part(self, name: str) -> LabelledImages:
        """Return the images."""
        if name not in self.parts:
            raise KeyError(name)
        return self.images
