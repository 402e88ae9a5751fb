"""The ledger: published numbers, each with its source and how it was computed."""

from __future__ import annotations

import csv
import dataclasses
import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.interfaces.errors import LedgerError
from benchmark.metrics.two_sample import Sample

MEAN, YES = "mean", "yes"
SPREAD_KINDS = ("std", "sem", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One published number.

    Attributes
    ----------
    key : str
        Of the method as one publication ran it; `DetectorSpec.reference` names it.
    venue, year : str, int or None
        Empty and None where it was never published.
    class_index : int or None
        None for a mean over classes.
    task : str
        The normal class as the dataset calls it, or `mean`.
    auc : float
        In [0, 1].
    spread : float or None
        Over runs, as a fraction; one over classes is no spread.
    spread_kind : str
        `std` or `sem` (standard error of the mean), `none` where there is none.
    runs : int or None
        How many seeds the number is a mean of; None where nobody says.
    comparable : str
        `yes`, or in a short phrase why it is not this protocol's number.
    rerun_of : str
        The key of the publication that somebody else ran again; empty for the others.
    """

    key: str
    method: str
    paper: str
    venue: str
    year: int | None
    dataset: str
    class_index: int | None
    task: str
    auc: float
    spread: float | None
    spread_kind: str
    runs: int | None
    comparable: str
    rerun_of: str
    note: str
    source: str

    def __post_init__(self) -> None:
        if not (self.key and self.dataset and self.task and self.comparable and self.source):
            raise ValueError("key, dataset, task, comparable and source must not be empty")
        if self.spread_kind not in SPREAD_KINDS:
            raise ValueError(f"spread_kind is one of {', '.join(SPREAD_KINDS)}; not {self.spread_kind!r}")
        if (self.spread is None) != (self.spread_kind == "none"):
            raise ValueError("a spread goes with its spread_kind, none with 'none'")
        if (self.class_index is None) != (self.task == MEAN):
            raise ValueError("a class has a class_index, the mean has none")

    @property
    def is_comparable(self) -> bool:
        """Whether the number was made as this benchmark makes its own."""
        return self.comparable == YES

    @property
    def sample(self) -> Sample:
        """The number as a mean over runs; one run where their number is not stated, and then without a spread."""
        runs = self.runs or 1
        if self.spread is None or runs < 2:
            return Sample(self.auc, runs)
        std = self.spread * math.sqrt(runs) if self.spread_kind == "sem" else self.spread
        return Sample(self.auc, runs, std, runs - 1)

    @property
    def citation(self) -> str:
        """`Ruff et al., Deep One-Class Classification, ICML 2018`."""
        where = " ".join(filter(None, [self.venue, str(self.year or "")]))
        return ", ".join(filter(None, [self.paper, where]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one publication says of one method on one dataset.

    Attributes
    ----------
    entries : tuple of Entry
        As they stand in the ledger.
    tasks : mapping of str to Entry
        Normal class -> its number.
    mean : Entry or None
        As printed, else computed from the classes; None where neither can be had.
    mean_is_computed : bool
        The publication prints none.
    mean_sample : Sample or None
        The mean as a mean over runs. If no spread is printed for it, the spread follows from those of the classes.
    """

    entries: tuple[Entry, ...]
    tasks: Mapping[str, Entry]
    mean: Entry | None
    mean_is_computed: bool
    mean_sample: Sample | None


class Ledger:
    """Published numbers by key and dataset; each key, dataset and task once."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._tasks: dict[str, set[str]] = {}
        for entry in self.entries:
            if entry.task != MEAN:
                self._tasks.setdefault(entry.dataset, set()).add(entry.task)

    @classmethod
    def read(cls, path: Path | None = None) -> Ledger:
        """Read a ledger; the one that comes with the benchmark if no other is named.

        Raises
        ------
        LedgerError
            If the file is not there or a line of it, which is then named, is no entry.
        """
        path = path or _shipped()
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                return cls(_entries(csv.DictReader(file, strict=True), path))
        except OSError as error:
            raise LedgerError(f"the ledger {path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise LedgerError(f"the ledger {path} is not UTF-8 text") from None

    def of(self, key: str, dataset: str) -> Published | None:
        """Return what the ledger has of a key on a dataset; None for nothing."""
        entries = tuple(entry for entry in self.entries if (entry.key, entry.dataset) == (key, dataset))
        if not entries:
            return None
        tasks = {entry.task: entry for entry in entries if entry.task != MEAN}
        printed = next((entry for entry in entries if entry.task == MEAN), None)
        # A mean over some of the classes is another number than the mean.
        whole = set(tasks) == self._tasks.get(dataset)
        mean = _computed(tuple(tasks.values())) if printed is None and whole else printed
        return Published(
            entries=entries,
            tasks=tasks,
            mean=mean,
            mean_is_computed=mean is not printed,
            mean_sample=None if mean is None else _mean_sample(mean, tuple(tasks.values()) if whole else ()),
        )

    def reruns_of(self, key: str, dataset: str) -> tuple[Published, ...]:
        """Return what others got on a dataset who ran the method of a key again."""
        keys = dict.fromkeys(e.key for e in self.entries if (e.rerun_of, e.dataset) == (key, dataset))
        reruns = (self.of(rerun, dataset) for rerun in keys)
        return tuple(published for published in reruns if published is not None)

    def datasets_of(self, key: str) -> tuple[str, ...]:
        """Return the datasets on which the ledger has a key."""
        return tuple(dict.fromkeys(entry.dataset for entry in self.entries if entry.key == key))


def _shipped() -> Path:
    package = Path(__file__).parents[2]
    installed = package / "published.csv"
    return installed if installed.is_file() else package.parent / "leaderboards" / "published.csv"


def _computed(classes: tuple[Entry, ...]) -> Entry:
    obstacles = [entry.comparable for entry in classes if not entry.is_comparable]
    return dataclasses.replace(
        classes[0],
        class_index=None,
        task=MEAN,
        auc=statistics.fmean(entry.auc for entry in classes),
        spread=None,
        spread_kind="none",
        comparable=obstacles[0] if obstacles else YES,
    )


def _mean_sample(mean: Entry, classes: tuple[Entry, ...]) -> Sample:
    """Return the mean over classes as a mean over runs.

    Without a printed spread, the classes' spreads give one, if each has one and all have the same number of runs. The
    runs of different classes are taken as independent. The degrees of freedom are Satterthwaite's.
    """
    samples = [entry.sample for entry in classes]
    variances = [sample.std**2 for sample in samples if sample.std is not None]
    runs = {sample.runs for sample in samples}
    if mean.sample.std is not None or not samples or len(variances) < len(samples) or len(runs) > 1:
        return mean.sample
    total = sum(variances)
    spread = sum(variance**2 / sample.freedom for variance, sample in zip(variances, samples, strict=True))
    freedom = total**2 / spread if spread else sum(sample.freedom for sample in samples)
    return Sample(mean.auc, runs.pop(), math.sqrt(total) / len(samples), freedom)


COLUMNS = tuple(field.name for field in dataclasses.fields(Entry))


def _entries(reader: csv.DictReader[str], path: Path) -> Iterable[Entry]:
    try:
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise ValueError(f"no column is called {', '.join(missing)}")
        places = set()
        for cells in reader:
            if None in cells or None in cells.values():
                raise ValueError(f"it must have {len(reader.fieldnames or ())} cells")
            entry = _entry(cells)
            place = (entry.key, entry.dataset, entry.task)
            if place in places:
                raise ValueError(f"{entry.key!r} on {entry.dataset}/{entry.task} is there twice")
            places.add(place)
            yield entry
    except (ValueError, csv.Error) as error:
        if isinstance(error, UnicodeDecodeError):
            raise
        raise LedgerError(f"the ledger {path}, line {reader.reader.line_num}: {error}") from None


def _entry(cells: Mapping[str, str]) -> Entry:
    text = {name: cells[name].strip() for name in COLUMNS}
    return Entry(
        key=text["key"],
        method=text["method"],
        paper=text["paper"],
        venue=text["venue"],
        year=_whole("year", text["year"]),
        dataset=text["dataset"],
        class_index=_whole("class_index", text["class_index"]),
        task=text["task"],
        auc=_percent("auc", text["auc"]),
        spread=_percent("spread", text["spread"]) if text["spread"] else None,
        spread_kind=text["spread_kind"],
        runs=_whole("runs", text["runs"]),
        comparable=text["comparable"],
        rerun_of=text["rerun_of"],
        note=text["note"],
        source=text["source"],
    )


def _whole(name: str, text: str) -> int | None:
    if text and not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{name} is a whole number or empty; not {text!r}")
    return int(text) if text else None


def _percent(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 100:
        raise ValueError(f"{name} is a number from 0 to 100, in percent; not {text!r}")
    return value / 100
