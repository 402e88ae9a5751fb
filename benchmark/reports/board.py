"""A board as frozen values: rows, baselines, and the board itself."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.paired_difference import Difference
from benchmark.reports.published.verdict import Comparison
from benchmark.reports.settings import assignments
from benchmark.reports.text import escape_control, number_of, truncate

MOST_NAMES = 4
MOST_ROWS = 12
LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True)
class SeedVariance:
    """The variance of a row between seeds within a task.

    Attributes
    ----------
    value : float
        In the square of the metric's unit, of one seed; 0 where all seeds have the same value.
    degrees : int
        Its degrees of freedom.
    origin : str
        Whose seeds show it: `own`, `detector` (other rows of the detector) or `framework` (other rows of it).
    """

    value: float
    degrees: int
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RankUncertainty:
    """The uncertainty of a row's rank and of its difference to the first row, from the variation over tasks and seeds.

    Attributes
    ----------
    low, high : int or None
        The 95 % interval of the rank, `low` the better end; None where neither tasks nor seeds vary, and for trials
        whose tasks share their random stream.
    to_leader : Difference or None
        The row's mean minus that of the first row, on the seeds that both have; None for the first row itself.
    p : float or None
        Two-sided Wilcoxon signed-rank p-value over tasks against the first row, Holm-corrected for the rows of the
        board that have one. None for the first row, where fewer than 6 tasks differ, and for trials whose tasks share
        their random stream.
    seeds : tuple of int
        The seeds that the row and the first row share.
    seed_variance : SeedVariance or None
        None if it is unknown.
    """

    low: int | None
    high: int | None
    to_leader: Difference | None = None
    p: float | None = None
    seeds: tuple[int, ...] = ()
    seed_variance: SeedVariance | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The settings that test labels chose for an oracle row.

    Attributes
    ----------
    settings : int
        How many there were.
    names : tuple of str
        The parameters that they differ in.
    tasks : mapping of str to (mapping of int to mapping)
        Task -> seed -> the chosen values of those parameters; without what has no number.
    """

    settings: int
    names: tuple[str, ...]
    tasks: Mapping[str, Mapping[int, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a board. Means and deviations are in the metric's unit: a fraction for ROC-AUC.

    Attributes
    ----------
    rank : int or None
        From 1, equal means share it; None while a task is missing.
    non_default : mapping
        The parameters and protocol options that are not at their defaults, as plain values.
    mean, std : float or None
        Mean over tasks of the mean over seeds; deviation over seeds (ddof 1) of the mean over tasks.
    tasks : mapping of str to float or None
        Task -> mean over seeds; None where a trial is missing or has no number.
    seeds : int
        How many seeds the numbers are of.
    status : mapping of str to int
        Trials by status.
    missing : tuple of str
        The trials without a number: "3: failed", "5 (seed 1): not run", "7-9: not run".
    fit_seconds, score_seconds : float or None
        Means over the trials: wall time.
    fit_cpu_seconds, score_cpu_seconds : float or None
        Means over the trials: processor time. None if it is unknown for one of them.
    outcomes : tuple of Outcome
        What the row is made of.
    uncertainty : RankUncertainty or None
        Of the rank and the mean; None without them, and for an oracle.
    published : Comparison or None
        The row's mean and the published one, where there is one.
    chosen : Choice or None
        Only of an oracle row; its `params` are those that all settings share.
    parameter_count : float or None
        Mean over the trials, as the fitted models report it; None where none does.
    peak_memory_mib : float or None
        The maximum over the trials.
    is_baseline : bool
        Whether the detector is a baseline: the row has no rank.
    """

    rank: int | None = None
    detector: str
    rule: str
    params: Mapping[str, Any]
    non_default: Mapping[str, Any] = field(default_factory=dict)
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
    uncertainty: RankUncertainty | None = None
    published: Comparison | None = None
    chosen: Choice | None = None
    parameter_count: float | None = None
    peak_memory_mib: float | None = None
    fit_cpu_seconds: float | None = None
    score_cpu_seconds: float | None = None
    is_baseline: bool = False

    @property
    def is_primary(self) -> bool:
        """Whether the row is of its detector's primary rule."""
        return self.rule == self.outcomes[0].trial.primary_rule


@dataclass(frozen=True, slots=True)
class Baseline:
    """The ROC-AUC of a score that learns nothing: by task, None where no outcome has it, and the mean."""

    mean: float | None
    tasks: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The ranking of all outcomes on one dataset under one protocol.

    Attributes
    ----------
    rows : tuple of Row
        In order of rank, those without a mean last.
    uncertainty_note : str
        Why there are no intervals where there are none, and what intervals cover. Plain text but for the backticks
        around names of columns.
    seed_remarks : tuple of str
        Which rows have other seeds than others, and whose variation over seeds is not known from their own. Plain text.
    baselines : mapping of str to Baseline
        By name; of the test set's ROC-AUC alone.
    baseline_rows : tuple of Row
        Of the detectors that are baselines, without a rank.
    oracle : tuple of Row
        Ranked among themselves; empty if not asked for, or if there is nothing to choose from.
    machine_notes : tuple of str
        What differs between the machines and package versions of the trials, and by how much that changes them.
    """

    dataset: str
    metric: MetricSpec
    validation: bool
    tasks: tuple[str, ...]
    footnotes: tuple[str, ...]
    rows: tuple[Row, ...]
    uncertainty_note: str = ""
    seed_remarks: tuple[str, ...] = ()
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    baseline_rows: tuple[Row, ...] = ()
    oracle: tuple[Row, ...] = ()
    machine_notes: tuple[str, ...] = ()

    @property
    def detectors(self) -> list[str]:
        """The detectors that have a row, with a rank or without."""
        return [row.detector for row in (*self.rows, *self.baseline_rows)]

    def __str__(self) -> str:
        number = number_of(self.metric)
        header = ("rank", "detector", "settings", "mean")
        cells = [
            (str(row.rank or ""), row.detector, settings_text(row) or "defaults", number(row.mean))
            for row in self.rows[:MOST_ROWS]
        ]
        table = [header, *([escape_control(truncate(text, LONGEST_TEXT)) for text in line] for line in cells)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in table]
        if len(self.rows) > MOST_ROWS:
            lines.append(f"and {len(self.rows) - MOST_ROWS} more")
        return "\n".join(lines)


def settings_text(row: Row) -> str:
    """Return `latent_dim=8, weight=0.1`, or `weight chosen, latent_dim=8` of an oracle; empty for the defaults."""
    text = assignments(row.non_default)
    if row.chosen is None:
        return text
    names = row.chosen.names
    chosen = f"{', '.join(names) if len(names) <= MOST_NAMES else f'{len(names)} parameters'} chosen"
    return f"{chosen}, {text}" if text else chosen


def complete_mean(values: Sequence[float | None]) -> float | None:
    """Return the mean; None if there is nothing to average, or a number is missing."""
    numbers = [value for value in values if value is not None]
    return statistics.fmean(numbers) if numbers and len(numbers) == len(values) else None
