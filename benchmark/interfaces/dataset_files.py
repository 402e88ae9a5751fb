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
    """The place of a dataset on this machine.

    Attributes
    ----------
    found : str
        `missing`, or one word for the place, such as `BENCH_DATA` or `cache`.
    variant : str or None
        The variant of the dataset; None if the files must be decoded to determine it.
    """

    found: str
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A file or folder that `fetch` has written, and its size in bytes."""

    path: Path
    size_bytes: int


class DatasetFiles(ABC):
    """How the files of one dataset are found, fetched, verified and removed; progress is logged to `DATA_LOGGER`."""

    @abstractmethod
    def locate(self) -> Location:
        """Return the place of the dataset, without fetching or decoding anything."""

    @abstractmethod
    def fetch(self) -> Dataset:
        """Find or download the dataset, check it, cache it for the next run, and return it.

        Raises
        ------
        DataNotFound
            If it was not found; the message says where it was searched, and what to do.
        BadData
            If the files are damaged, or are not those of the dataset.
        """

    @abstractmethod
    def verify(self) -> Dataset:
        """Compute the fingerprint of the dataset on this machine again, and return the dataset; nothing is downloaded.

        Raises
        ------
        DataNotFound
            If the dataset is not on this machine.
        BadData
            If its fingerprint has changed.
        """

    def clean(self, *, dry_run: bool = False) -> tuple[CacheEntry, ...] | None:  # noqa: ARG002 - subclasses use it
        """Remove the files and folders that `fetch` has written. A file of the user is never removed.

        Parameters
        ----------
        dry_run : bool
            Only return what would be removed.

        Returns
        -------
        tuple of CacheEntry, or None
            What was removed, empty for nothing; None, the default, if the plugin does not support removal.

        Raises
        ------
        BenchError
            If a file cannot be removed; the message names the file and the reason.
        """
        return None
