"""The seconds that a board shows of a row: processor seconds where they are known, wall seconds otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmark.interfaces.outcome import Cost, Outcome
from benchmark.reports.board import Row, complete_mean
from benchmark.reports.document import Note, Span, note
from benchmark.reports.text import join, truncate

CPU_SECONDS = (
    "`fit cpu s`, `score cpu s`: processor seconds, mean per task. They do not count the time in which a trial waits"
    " for a core, but trials that run at the same time can slow each other down."
)
WALL_SECONDS = (
    "`fit s`, `score s`: wall seconds, mean per task; trials that run at the same time share the processor, so these"
    " seconds are no measure of a method. They are shown where a row has no processor seconds."
)
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class ShownSeconds:
    """The seconds of a row, means per task; None where a board shows others in their place."""

    fit_cpu: float | None = None
    score_cpu: float | None = None
    fit_wall: float | None = None
    score_wall: float | None = None


def shown_seconds(row: Row) -> ShownSeconds:
    """Return processor seconds of a row on the CPU that has them, and wall seconds of any other.

    What a GPU computes takes hardly any processor time.
    """
    if row.fit_cpu_seconds is not None and not _on_gpu(row):
        return ShownSeconds(fit_cpu=row.fit_cpu_seconds, score_cpu=row.score_cpu_seconds)
    return ShownSeconds(fit_wall=row.fit_seconds, score_wall=row.score_seconds)


def mean_seconds(outcomes: Sequence[Outcome], of: Callable[[Cost], float | None]) -> float | None:
    """Return the mean over the outcomes that have a value."""
    return complete_mean([value for outcome in outcomes if (value := of(outcome.cost)) is not None])


def mean_cpu_seconds(
    outcomes: Sequence[Outcome], of: Callable[[Cost], float | None], wall: Callable[[Cost], float | None]
) -> float | None:
    """Return the mean over the outcomes; None if one that has wall seconds lacks processor seconds."""
    return complete_mean([of(outcome.cost) for outcome in outcomes if wall(outcome.cost) is not None])


def cost_notes(rows: Sequence[Row]) -> list[Note]:
    """Return notes on the columns of seconds, and the names of the GPUs."""
    shown = [shown_seconds(row) for row in rows]
    sentences = [
        CPU_SECONDS if any(each.fit_cpu is not None for each in shown) else "",
        WALL_SECONDS if any(each.fit_wall is not None for each in shown) else "",
    ]
    notes = [note(" ".join(filter(None, sentences)))] if any(sentences) else []
    names = sorted({str(o.provenance.get("device_name") or "an unnamed GPU") for row in rows for o in _gpu_trials(row)})
    if names:
        listed = join([truncate(name, LONGEST_NAME) for name in names])
        notes.append(note("Rows with `device=cuda`: wall seconds on ", Span(listed), "."))
    return notes


def _on_gpu(row: Row) -> bool:
    return bool(_gpu_trials(row))


def _gpu_trials(row: Row) -> list[Outcome]:
    return [outcome for outcome in row.outcomes if outcome.trial.device != "cpu"]
