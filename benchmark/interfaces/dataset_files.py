"""The files of a dataset: how a plugin finds, fetches, verifies and removes them for `bench data`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.interfaces.dataset import Dataset

__all__ = ["DATA_LOGGER", "CacheEntry", "DatasetFiles", "Location"]

DATA_LOGGER = "benchmark.data"
"""The logger whose messages `bench` shows while it downloads and decodes; a plugin logs to it or to a child of it."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a dataset is now.

    Attributes
    ----------
    found : str
        `missing`, or one word for the place: `BENCH_DATA`, `cache`.
    variant : str or None
        Which copy it is, if that is known without decoding it.
    """

    found: str
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A file or folder that `fetch` has written, and its size."""

    path: Path
    size_bytes: int


class DatasetFiles(ABC):
    """How the files of one dataset are found, fetched, verified and removed; progress is logged to `DATA_LOGGER`."""

    @abstractmethod
    def locate(self) -> Location:
        """Return where the dataset is, without fetching or decoding anything."""

    @abstractmethod
    def fetch(self) -> Dataset:
        """Return the dataset, found or fetched, checked, and ready for the next run.

        Raises
        ------
        DataNotFound
            If it was not found; the message says where it was searched, and what to do.
        BadData
            If the files are damaged, or are not those of the dataset.
        """

    @abstractmethod
    def verify(self) -> Dataset:
        """Return the dataset that is here already, after computing its fingerprint again; nothing is fetched.

        Raises
        ------
        DataNotFound
            If it is not here.
        BadData
            If its fingerprint has changed.
        """

    def clean(self, *, dry_run: bool = False) -> tuple[CacheEntry, ...] | None:  # noqa: ARG002 - for those that override it
        """Remove what `fetch` has written, and nothing else: never a file that the user has put somewhere.

        Parameters
        ----------
        dry_run : bool
            Remove nothing, and return what would be removed.

        Returns
        -------
        tuple of CacheEntry, or None
            What was removed; None, the default, if this plugin removes nothing.

        Raises
        ------
        BenchError
            If something cannot be removed; the message says what and why.
        """
        return None
