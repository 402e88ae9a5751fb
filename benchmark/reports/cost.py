"""The cost of each detector on a dataset: processor seconds, wall seconds, memory."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.interfaces.outcome import Cost, Outcome
from benchmark.reports.board import Board, Row, settings_text
from benchmark.reports.document import Note, Report, Span, note, text_table
from benchmark.reports.text import NOTHING, count, join, seconds, truncate

PER_IMAGES = 10_000
"""Seconds of scoring are given for this many images."""

HIGHEST_LOAD = 1.5
"""One worker with one thread causes a load of about 1. A trial that started at a higher load shared the machine."""

LONGEST = 200

_EXPLANATION = (
    f"`fit cpu s`, `score cpu s`: processor seconds of all threads, for the fit and for scoring {PER_IMAGES:,} images."
    " `fit s`: wall seconds. `peak MiB`: the largest resident memory of the worker, framework included. Seconds are"
    " means over the trials. Loading the framework and the data, and measuring, are not counted."
)


@dataclass(frozen=True, slots=True)
class _RowCost:
    """The cost of one row: means over its trials, None where unknown; the memory is the maximum."""

    row: Row
    fit_cpu: float | None
    fit_wall: float | None
    score_cpu: float | None
    score_wall: float | None

    @classmethod
    def of(cls, row: Row) -> _RowCost:
        costs = [outcome.cost for outcome in row.outcomes]
        return cls(
            row=row,
            fit_cpu=row.fit_cpu_seconds,
            fit_wall=row.fit_seconds,
            score_cpu=_mean([_per_images(cost, cost.score_cpu_seconds) for cost in costs]),
            score_wall=_mean([_per_images(cost, cost.score_seconds) for cost in costs]),
        )


def cost_report(board: Board) -> Report:
    """Return a table with the cost of each row of a board, the cheapest fit first.

    Parameters
    ----------
    board : Board
        Of any metric; it may lack tasks.
    """
    costs = sorted(map(_RowCost.of, board.rows), key=_order)
    has_settings = any(row.non_default for row in board.rows)
    header = [
        "detector", *(["settings"] if has_settings else []), "trials", "model size", "fit cpu s", "fit s",
        f"score cpu s per {PER_IMAGES:,}", "peak MiB",
    ]  # fmt: skip
    rows = [
        [
            truncate(each.row.detector, LONGEST),
            *([truncate(settings_text(each.row), LONGEST) or "defaults"] if has_settings else []),
            str(len(each.row.outcomes)),
            count(each.row.parameter_count),
            seconds(each.fit_cpu),
            seconds(each.fit_wall),
            seconds(each.score_cpu),
            NOTHING if each.row.peak_memory_mib is None else f"{each.row.peak_memory_mib:.0f}",
        ]
        for each in costs
    ]
    data = [_plain(each) for each in costs]
    return Report(
        title=f"{truncate(board.dataset, LONGEST)}: cost",
        tables=(text_table("", header, rows, text=["detector", "settings"], notes=_notes(board)),),
        data=data,
        lines=(tuple(_NAMES), *(tuple(values[name] for name in _NAMES) for values in data)),
    )


_NAMES = (
    "detector", "settings", "trials", "parameter_count", "fit_cpu_seconds", "fit_seconds",
    f"score_cpu_seconds_per_{PER_IMAGES}", f"score_seconds_per_{PER_IMAGES}", "peak_memory_mib", "highest_load",
)  # fmt: skip


def _plain(each: _RowCost) -> dict[str, Any]:
    row = each.row
    values = (
        row.detector, settings_text(row), len(row.outcomes), row.parameter_count, each.fit_cpu, each.fit_wall,
        each.score_cpu, each.score_wall, row.peak_memory_mib, max(_loads(row.outcomes), default=None),
    )  # fmt: skip
    return dict(zip(_NAMES, values, strict=True))


def _notes(board: Board) -> tuple[Note, ...]:
    outcomes = [outcome for row in board.rows for outcome in row.outcomes]
    notes = [note(_EXPLANATION), *_circumstances(outcomes)]
    loads = _loads(outcomes)
    if loads:
        busy = [row.detector for row in board.rows if max(_loads(row.outcomes), default=0) > HIGHEST_LOAD]
        text = (
            f"Load average of the machine at the start of a trial: {min(loads):.1f} to {max(loads):.1f}. One worker"
            " with one thread causes about 1."
        )
        if busy:
            text += f" Above {HIGHEST_LOAD} other programs ran at the same time, and the seconds are too high: "
        notes.append(note(text, Span(join(_truncated(busy)))))
    else:
        notes.append(note("The load of the machine is not known, so the seconds may be too high."))
    notes += [note(Span(truncate(text, LONGEST)), item=True) for text in board.machine_notes]
    for row in board.rows:
        failed = {status: number for status, number in row.status.items() if status != "ok"}
        if failed:
            statuses = ", ".join(f"{number} {status}" for status, number in failed.items())
            notes.append(note(Span(f"{truncate(row.detector, LONGEST)}: {statuses}"), item=True))
    return tuple(notes)


def _circumstances(outcomes: Sequence[Outcome]) -> list[Note]:
    """Return a note on the tasks, the machine, the threads and the days, as far as they are known."""
    tasks = list(dict.fromkeys(outcome.trial.task for outcome in outcomes))
    machines = list(dict.fromkeys(_machine(outcome) for outcome in outcomes))
    threads = sorted({outcome.trial.threads for outcome in outcomes})
    days = sorted({outcome.finished_at[:10] for outcome in outcomes})
    parts = [
        ("Normal class", join(_truncated(tasks))),
        ("machine", join(_truncated(list(filter(None, machines))))),
        ("threads of a trial", ", ".join(map(str, threads))),
        ("measured", days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"),
    ]
    return [note(Span("; ".join(f"{name}: {value}" for name, value in parts if value)), ".")]


def _machine(outcome: Outcome) -> str:
    """Return `AMD EPYC, 2 cores`, and the GPU if it computed."""
    provenance = outcome.provenance
    cores = provenance.get("cores")
    names = [provenance.get("cpu"), f"{cores} cores" if cores else None, provenance.get("device_name")]
    return ", ".join(str(name) for name in names if name)


def _loads(outcomes: Sequence[Outcome]) -> list[float]:
    return [outcome.cost.load_average for outcome in outcomes if outcome.cost.load_average is not None]


def _per_images(cost: Cost, of: float | None) -> float | None:
    return None if of is None or not cost.scored_images else of * PER_IMAGES / cost.scored_images


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _order(each: _RowCost) -> tuple[bool, float, str]:
    """Sort by processor seconds, else by wall seconds; rows without either are last."""
    fit = each.fit_wall if each.fit_cpu is None else each.fit_cpu
    return fit is None, fit or 0.0, each.row.detector


def _truncated(texts: Sequence[str]) -> list[str]:
    return [truncate(text, LONGEST) for text in texts]
