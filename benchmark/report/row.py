"""What a board is made of: rows, the sections that stand apart, and the board itself, as frozen values."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.interfaces.specs import MetricSpec
from benchmark.report.verdict import Comparison
from benchmark.trial import Outcome

__all__ = ["Board", "Chosen", "Row", "Section", "complete_mean"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What test labels chose for a row that is an oracle.

    Attributes
    ----------
    settings : int
        How many there were to choose from.
    tasks : mapping of str to (mapping of int to mapping)
        Task -> seed -> the chosen values of the parameters that the settings differ in; without what has no number.
    """

    settings: int
    tasks: Mapping[str, Mapping[int, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a board.

    Attributes
    ----------
    rank : int or None
        From 1, equal means share it; None while a task is missing.
    settings : str
        What differs from the detector's defaults and the usual protocol.
    mean, std : float or None
        Mean over tasks of the mean over seeds; deviation over seeds (ddof 1) of the mean over tasks.
    tasks : mapping of str to float or None
        Task -> mean over seeds; None where a trial is missing or has no number.
    seeds : int
        How many seeds the numbers are of.
    status : mapping of str to int
        Trials by status.
    missing : tuple of str
        What keeps the mean away: "3: failed", "5 (seed 1): not run", "7-9: not run".
    fit_seconds, score_seconds : float or None
        Means over the trials.
    outcomes : tuple of Outcome
        What the row is made of.
    published : Comparison or None
        The row's mean beside the published one, where there is one.
    chosen : Chosen or None
        Of an oracle row alone; its `params` are those that all settings share.
    parameter_count : float or None
        Mean over the trials of what the fitted model says it has; None where none says.
    peak_memory_mib : float or None
        The most that a trial's worker held.
    """

    rank: int | None
    detector: str
    rule: str
    params: Mapping[str, Any]
    settings: str
    mean: float | None
    std: float | None
    tasks: Mapping[str, float | None]
    seeds: int
    status: Mapping[str, int]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    fit_seconds: float | None
    score_seconds: float | None
    outcomes: tuple[Outcome, ...]
    published: Comparison | None = None
    chosen: Chosen | None = None
    parameter_count: float | None = None
    peak_memory_mib: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rows that stand apart from the others of a board.

    Attributes
    ----------
    name : str
        What marks its rows where all rows of a board are in one list.
    title, remark : str
        Its heading; what a reader must know of its rows. Between backticks stands what is code.
    ranked : bool
        Whether its rows are ranked, among themselves alone. If not, they are no detectors.
    """

    name: str
    title: str
    remark: str
    rows: tuple[Row, ...]
    ranked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Rows in order of rank, those without a mean last; and what stands apart."""

    dataset: str
    metric: MetricSpec
    validation: bool
    tasks: tuple[str, ...]
    footnotes: tuple[str, ...]
    rows: tuple[Row, ...]
    apart: tuple[Section, ...] = ()

    @property
    def every_row(self) -> tuple[Row, ...]:
        """The rows, then those of each section."""
        return (*self.rows, *(row for section in self.apart for row in section.rows))

    def __str__(self) -> str:
        from benchmark.report.formats import to_markdown  # which is made of boards

        return to_markdown(self)


def complete_mean(values: Sequence[float | None]) -> float | None:
    """Return the mean; None if there is nothing to average, or something that is no number."""
    numbers = [value for value in values if value is not None]
    return statistics.fmean(numbers) if numbers and len(numbers) == len(values) else None
