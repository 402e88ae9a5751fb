"""The files of a dataset, as `bench data` lists, fetches and verifies them: a plugin's own, whatever they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.interfaces.dataset import Dataset

__all__ = ["DATA_LOGGER", "DatasetFiles", "Location"]

DATA_LOGGER = "benchmark.data"
"""The logger whose messages `bench` shows while it fetches and decodes; a plugin logs to it or to one below it."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a dataset is now.

    Attributes
    ----------
    found : str
        `missing`, or in a word where it is: `BENCH_DATA`, `cache`.
    variant : str or None
        Which copy it is, where that is known without decoding it.
    """

    found: str
    variant: str | None = None


class DatasetFiles(ABC):
    """How the files of one dataset are found, fetched and verified; what is done on the way goes to `DATA_LOGGER`."""

    @abstractmethod
    def locate(self) -> Location:
        """Return where the dataset is, without fetching or decoding anything."""

    @abstractmethod
    def fetch(self) -> Dataset:
        """Return the dataset, found or fetched, checked, and ready for the next run.

        Raises
        ------
        DataNotFound
            If no place has it; the message says what was tried, and what to do.
        BadData
            If what was found is damaged, or not what it claims to be.
        """

    @abstractmethod
    def verify(self) -> Dataset:
        """Return the dataset that is here already, after computing its fingerprint anew; nothing is fetched.

        Raises
        ------
        DataNotFound
            If it is not here.
        BadData
            If it is no longer what it was.
        """
