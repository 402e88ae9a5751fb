"""From a tradeoff to a `Report`: the curves, the values that were chosen without labels, and the cost."""

from __future__ import annotations

import dataclasses
from typing import Any

from bench_tradeoff.curves import Curve, Point, Tradeoff
from benchmark.plugin import (
    NOTHING,
    Note,
    Report,
    Span,
    Table,
    assignments,
    heading,
    is_percent,
    note,
    number_of,
    seconds,
    text_table,
)


def tradeoff_report(tradeoff: Tradeoff) -> Report:
    """Return the report: four tables, and notes on what was left out."""
    validation = " (validation)" if tradeoff.validation else ""
    return Report(
        title=f"{tradeoff.dataset}: {heading(tradeoff.metric)}, by {tradeoff.parameter}{validation}",
        tables=(_values(tradeoff), _choices(tradeoff), _tasks(tradeoff), _costs(tradeoff)),
        notes=tuple(note(Span(text), item=True) for text in (*tradeoff.remarks, *tradeoff.footnotes)),
        data=_data(tradeoff),
        lines=_lines(tradeoff),
    )


def _values(tradeoff: Tradeoff) -> Table:
    """Return the two curves, a row for each value."""
    once, anew = tradeoff.conditioned, tradeoff.separate
    header = [tradeoff.parameter]
    for curve in (once, anew):
        header += [curve.detector, "std", "tasks x seeds"]
    rows = []
    for value in tradeoff.values:
        ours, theirs = once.at(value), anew.at(value)
        difference = ours.mean - theirs.mean if ours and theirs else None
        cells = [cell for curve in (once, anew) for cell in _cells(tradeoff, curve, curve.at(value))]
        rows.append([f"{value:g}", *cells, _signed(tradeoff, difference)])
    notes = (_curves_note(tradeoff), _gap_note(tradeoff))
    return text_table("", [*header, "difference"], rows, text=(), notes=notes)


def _cells(tradeoff: Tradeoff, curve: Curve, point: Point | None) -> list[str]:
    if point is None:
        return [NOTHING] * 3
    number = number_of(tradeoff.metric)
    mark = " (oracle)" if point is curve.oracle else ""
    return [f"{number(point.mean)}{mark}", number(point.std), f"{len(tradeoff.tasks)} x {point.seeds}"]


def _curves_note(tradeoff: Tradeoff) -> Note:
    once, anew = tradeoff.conditioned, tradeoff.separate
    images = "held-out training images; no test image was used" if tradeoff.validation else "the whole test set"
    return note(
        *_detector(once),
        " was trained once for each task. It scores at each value with its rule ",
        Span(f"{tradeoff.parameter}=VALUE", code=True),
        ". ",
        *_detector(anew),
        " was trained separately for each value. A number is the mean over tasks of the mean over seeds, measured on"
        f" {images}; `std` is over seeds. Oracle: chosen with the labels of the images on which it is measured.",
    )


def _detector(curve: Curve) -> tuple[Span, str, Span, str]:
    """Return the name with the parameters."""
    parameters = Span(assignments(curve.non_default) or "defaults")
    return Span(curve.detector, code=True), " (", parameters, ")"


def _gap_note(tradeoff: Tradeoff) -> Note:
    number = number_of(tradeoff.metric)
    pieces: list[str | Span] = ["The best values (oracles): "]
    for curve, end in ((tradeoff.conditioned, ", "), (tradeoff.separate, ". ")):
        at_value = Span(f"{tradeoff.parameter}={curve.oracle.value:g}")
        pieces += [Span(curve.detector, code=True), f" has {number(curve.oracle.mean)} at ", at_value, end]
    word = "better" if tradeoff.oracle_gap >= 0 else "worse"
    return note(*pieces, f"The conditioned detector is {number(abs(tradeoff.oracle_gap))} {word}.")


def _choices(tradeoff: Tradeoff) -> Table:
    """Return the result at the values chosen without labels, and at the best ones."""
    number = number_of(tradeoff.metric)
    rows = [
        [
            curve.detector,
            number(curve.choice.mean),
            f"{number(curve.oracle.mean)} at {curve.oracle.value:g}",
            number(curve.choice.regret),
            number(_task_oracle(curve)),
            number(curve.choice.task_regret),
        ]
        for curve in (tradeoff.conditioned, tradeoff.separate)
    ]
    best, each = "best value (oracle)", "best value per task (oracle)"
    header = ["detector", "at the label-free value", best, "regret", each, "regret"]
    unit = "in percentage points" if is_percent(tradeoff.metric) else "in the unit of the metric"
    notes = (
        note(
            "The conditioned detector chooses the value without labels, for each task. Regret: by how much the mean is"
            f" worse than that of an oracle, {unit}. It can be negative for the best value of all tasks."
        ),
    )
    return text_table("Chosen without labels", header, rows, text=("detector",), notes=notes)


def _tasks(tradeoff: Tradeoff) -> Table:
    number, name = number_of(tradeoff.metric), tradeoff.parameter
    header = ["task", f"label-free {name}"]
    for curve in (tradeoff.conditioned, tradeoff.separate):
        header += [f"{curve.detector} at it", f"best {name} (oracle)", f"{curve.detector} at that", "regret"]
    rows = []
    for task in tradeoff.tasks:
        row = [task, ", ".join(NOTHING if value is None else f"{value:g}" for value in tradeoff.chosen[task])]
        for curve in (tradeoff.conditioned, tradeoff.separate):
            best, choice = curve.task_oracles[task], curve.choice
            row += [number(choice.tasks[task]), f"{best.value:g}", number(best.tasks[task])]
            row.append(number(choice.task_regrets[task]))
        rows.append(row)
    return text_table("Chosen without labels, for each task", header, rows, text=("task",))


def _costs(tradeoff: Tradeoff) -> Table:
    rows = [
        [
            curve.detector,
            str(len(curve.points)),
            str(curve.cost.trials),
            seconds(curve.cost.fit_seconds),
            seconds(curve.cost.value_fit_seconds),
            seconds(curve.cost.wall_seconds),
        ]
        for curve in (tradeoff.conditioned, tradeoff.separate)
    ]
    header = ["detector", "values", "trials", "fit s", "fit s of one value, one seed", "wall s"]
    notes = (
        _ratio_note(tradeoff),
        note(
            "`wall s`: for how long at least one of the trials was running, with loading, scoring and auditing. It"
            " depends on how many trials ran at the same time."
        ),
    )
    return text_table("Cost", header, rows, text=("detector",), notes=notes)


def _ratio_note(tradeoff: Tradeoff) -> Note:
    to_one, to_all = (NOTHING if ratio is None else f"{ratio:.2f}" for ratio in tradeoff.cost_ratios)
    count = len(tradeoff.separate.points)
    at_all = f", and {to_all} times as long as those at all {count} values" if count > 1 else ""
    return note(
        "For one seed, the fits of ",
        Span(tradeoff.conditioned.detector, code=True),
        f" took {to_one} times as long as those of ",
        Span(tradeoff.separate.detector, code=True),
        f" at one value{at_all}.",
    )


def _task_oracle(curve: Curve) -> float:
    best = [point.tasks[task] for task, point in curve.task_oracles.items()]
    return sum(best) / len(best)


def _signed(tradeoff: Tradeoff, value: float | None) -> str:
    text = number_of(tradeoff.metric)(value)
    return f"+{text}" if value is not None and value > 0 else text


def _lines(tradeoff: Tradeoff) -> tuple[tuple[Any, ...], ...]:
    """Return a header, and a line for each detector and value; `oracle` is true at the best value."""
    header = (
        "detector", "trained", "settings", "metric", "parameter", "value", "mean", "std", "seeds", "trials", "oracle",
        *(f"task {task}" for task in tradeoff.tasks),
    )  # fmt: skip
    lines = [
        (
            curve.detector,
            trained,
            assignments(curve.non_default),
            tradeoff.metric.name,
            tradeoff.parameter,
            point.value,
            point.mean,
            point.std,
            point.seeds,
            point.trials,
            "true" if point is curve.oracle else "false",
            *(point.tasks[task] for task in tradeoff.tasks),
        )
        for curve, trained in ((tradeoff.conditioned, "once"), (tradeoff.separate, "for each value"))
        for point in curve.points
    ]
    return (header, *lines)


def _data(tradeoff: Tradeoff) -> dict[str, Any]:
    """Return one object; a metric from 0 to 1 is a fraction here. Names with `oracle` are chosen with test labels."""
    to_one, to_all = tradeoff.cost_ratios
    return {
        "dataset": tradeoff.dataset,
        "metric": tradeoff.metric.name,
        "higher_is_better": tradeoff.metric.higher_is_better,
        "validation": tradeoff.validation,
        "tasks": list(tradeoff.tasks),
        "parameter": tradeoff.parameter,
        "conditioned": _curve_data(tradeoff.conditioned),
        "separate": _curve_data(tradeoff.separate),
        "chosen": {task: list(values) for task, values in tradeoff.chosen.items()},
        "oracle_gap": tradeoff.oracle_gap,
        "cost_to_one_separate_value": to_one,
        "cost_to_all_separate_values": to_all,
        "remarks": list(tradeoff.remarks),
        "footnotes": list(tradeoff.footnotes),
    }


def _curve_data(curve: Curve) -> dict[str, Any]:
    return {
        "detector": curve.detector,
        "settings": assignments(curve.non_default),
        "non_default": dict(curve.non_default),
        "points": [dataclasses.asdict(point) for point in curve.points],
        "oracle": {"value": curve.oracle.value, "mean": curve.oracle.mean},
        "task_oracles": {
            task: {"value": point.value, "metric": point.tasks[task]} for task, point in curve.task_oracles.items()
        },
        "choice": dataclasses.asdict(curve.choice),
        "cost": dataclasses.asdict(curve.cost),
    }
