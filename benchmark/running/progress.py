"""Shows the progress of long work on stderr: a live display in a terminal, otherwise single lines."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import click

from benchmark.interfaces.dataset_files import DATA_LOGGER
from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.observer import Observer
from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.trial import Trial

LINE_SECONDS = 10.0

Step = TypeVar("Step")


def run_progress() -> Observer:
    """Return the observer that shows a run on this stderr."""
    return LiveProgress() if sys.stderr.isatty() else LineProgress()


def with_progress(steps: Iterable[Step], *, of: int, what: str, quiet: bool = False) -> Iterator[Step]:
    """Yield the steps of long work and show how many are done: a bar in a terminal, otherwise a line every 10 seconds.

    Parameters
    ----------
    of : int
        The number of steps.
    what : str
        What is counted: "outcomes".
    """
    if quiet:
        yield from steps
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        console = Console(stderr=True, highlight=False)
        yield from track(steps, what, total=of, console=console, transient=True)
    else:
        printed = time.monotonic()
        for done, step in enumerate(steps, start=1):
            yield step
            if time.monotonic() - printed > LINE_SECONDS:
                printed = time.monotonic()
                click.echo(f"[{done}/{of}] {what}", err=True)


@contextlib.contextmanager
def log_downloads(*, quiet: bool = False) -> Iterator[None]:
    """Print messages about downloads and decoding on stderr within this context."""
    log, handler = logging.getLogger(DATA_LOGGER), logging.StreamHandler()
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.ERROR if quiet else logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


class LineProgress(Observer):
    """One line on stderr for each trial that has finished."""

    def __init__(self) -> None:
        self._done = self._of = 0

    def run_started(self, trials: Sequence[Trial]) -> None:
        """Store the number of trials."""
        self._of = len(trials)

    def trial_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Print the outcome."""
        self._done += 1
        click.echo(f"[{self._done}/{self._of}] {summary(trial, outcome)}", err=True)


class LiveProgress(Observer):
    """A bar of the trials with the time left, and below it a line for each running trial."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.text import Text

        self._text = Text
        columns = (TextColumn("trials"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, TextColumn("{task.fields[left]}"))
        self._console = Console(stderr=True, highlight=False)
        self._live: Any = Live(self, console=self._console, refresh_per_second=8, transient=True)
        self._bar = self._progress.add_task("trials", total=0, left="")
        self._running: dict[str, tuple[float, str]] = {}  # trial id -> share done, line
        self._started = 0.0
        self._done = self._of = 0

    def __rich__(self) -> Any:
        """Return the renderable that rich draws several times a second."""
        from rich.console import Group

        self._progress.update(self._bar, left=self._time_left())
        lines = [line for _, line in self._running.values()]
        if not lines and self._done < self._of:
            lines = ["starting workers (loading frameworks) ..."]
        return Group(self._progress, *(self._text(line, no_wrap=True, overflow="ellipsis") for line in lines))

    def run_started(self, trials: Sequence[Trial]) -> None:
        """Show the bar."""
        self._of = len(trials)
        self._started = time.monotonic()
        self._progress.update(self._bar, total=len(trials))
        self._live.start()

    def trial_started(self, trial: Trial) -> None:
        """Add a line for a running trial."""
        self._running[trial.id] = (0.0, f"{trial}")

    def epoch(self, trial: Trial, report: EpochReport) -> None:
        """Show the epoch, the measurements on held-out images, the losses and the measures."""
        parts = [f"{trial}: epoch {report.number} of {report.of}"]
        measured = report.validation.get(trial.primary_rule, {})
        for name, title in (("roc_auc", "validation AUC"), ("sensitivity", "sensitivity"), ("precision", "precision")):
            if (share := measured.get(name)) is not None:
                parts.append(f"{title} {100 * share:.1f} %")
        if (mean := measured.get("mean_normal_score")) is not None:
            parts.append(f"mean normal score {mean:.4g}")
        values = {**report.losses, **report.measures}
        parts += [f"{name} {value:.4g}" for name, value in values.items() if value is not None]
        self._running[trial.id] = (report.number / report.of, "  ".join(parts))

    def trial_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Advance the bar and print a line above it."""
        self._done += 1
        self._running.pop(trial.id, None)
        self._progress.update(self._bar, completed=self._done)
        self._console.print(self._text(summary(trial, outcome), style="" if outcome.status == "ok" else "red"))

    def run_finished(self) -> None:
        """Remove the bar."""
        self._live.stop()

    def _time_left(self) -> str:
        done = self._done + sum(share for share, _ in self._running.values())
        if not done or not self._of:
            return ""
        seconds = round((time.monotonic() - self._started) / done * (self._of - done))
        return f"{seconds // 60}:{seconds % 60:02d} left"


def summary(trial: Trial, outcome: Outcome) -> str:
    """Return one line: the trial, its status, its primary ROC-AUC, its time."""
    parts = [f"{trial}: {outcome.status}"]
    measure = outcome.measure(trial.primary_rule, "roc_auc")
    if measure is not None:
        where = " (validation)" if trial.validation_only else ""
        parts.append(f"ROC-AUC {100 * measure.value:.1f} %{where}")
    if outcome.cost.fit_seconds is not None:
        parts.append(f"fit {outcome.cost.fit_seconds:.1f} s")
    if outcome.error_type:
        parts.append(f"{outcome.error_type}: {outcome.message}"[:300])
    parts += outcome.notes
    parts.append(f"[{trial.id[:10]}]")
    return ", ".join(parts)
