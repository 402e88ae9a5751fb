"""Writes a tradeoff as markdown or JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tabulate import tabulate

from benchmark.reports.render.markdown import escape_pipes
from benchmark.reports.settings import assignments
from benchmark.reports.text import NOTHING, heading, is_percent, number_of, seconds
from benchmark.reports.tradeoff import Curve, Point, Tradeoff


def to_markdown(tradeoff: Tradeoff) -> str:
    """Return the curves, the label-free choice and the cost as tables in GitHub's markdown, and what they mean."""
    points = "percentage points" if is_percent(tradeoff.metric) else "the metric's own units"
    title = f"# {tradeoff.dataset}: {heading(tradeoff.metric)}, by `{tradeoff.parameter}`"
    parts = [
        f"{title}{' (validation)' if tradeoff.validation else ''}",
        _introduction(tradeoff),
        _values(tradeoff),
        _gap(tradeoff),
        "## Chosen without labels",
        f"Regret: how far a mean falls short of an oracle, in {points}.",
        _choices(tradeoff),
        _tasks(tradeoff),
        "## Cost",
        _costs(tradeoff),
        _ratios(tradeoff),
        *(f"- {escape_pipes(remark)}" for remark in (*tradeoff.remarks, *tradeoff.footnotes)),
    ]
    return "\n\n".join(parts) + "\n"


def to_json(tradeoff: Tradeoff) -> str:
    """Return one object; a metric from 0 to 1 is a fraction here. What is called `oracle` was chosen with labels."""
    to_one, to_all = tradeoff.cost_ratios
    plain = {
        "dataset": tradeoff.dataset,
        "metric": tradeoff.metric.name,
        "higher_is_better": tradeoff.metric.higher_is_better,
        "validation": tradeoff.validation,
        "tasks": list(tradeoff.tasks),
        "parameter": tradeoff.parameter,
        "conditioned": _plain_curve(tradeoff.conditioned),
        "separate": _plain_curve(tradeoff.separate),
        "chosen": {task: list(values) for task, values in tradeoff.chosen.items()},
        "oracle_gap": tradeoff.oracle_gap,
        "cost_to_one_separate_value": to_one,
        "cost_to_all_separate_values": to_all,
        "remarks": list(tradeoff.remarks),
        "footnotes": list(tradeoff.footnotes),
    }
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Tradeoff], str]] = {"markdown": to_markdown, "json": to_json}


def _introduction(tradeoff: Tradeoff) -> str:
    once, anew, name = tradeoff.conditioned, tradeoff.separate, tradeoff.parameter
    judged = "held-out training images (no test image was seen)" if tradeoff.validation else "the whole test set"
    return escape_pipes(
        f"`{once.detector}` ({assignments(once.non_default) or 'defaults'}) was trained once for each task, and scores"
        f" at each value by its rule `{name}=VALUE`; `{anew.detector}` ({assignments(anew.non_default) or 'defaults'})"
        " was trained anew for each value."
        f" A cell is the mean over tasks of the mean over seeds, judged on {judged}; std is over seeds. *Oracle*:"
        " chosen with the labels of the images that it is judged on."
    )


def _values(tradeoff: Tradeoff) -> str:
    once, anew = tradeoff.conditioned, tradeoff.separate
    header = [tradeoff.parameter]
    for curve in (once, anew):
        header += [curve.detector, "std", "tasks x seeds"]
    rows = []
    for value in tradeoff.values:
        ours, theirs = once.at(value), anew.at(value)
        apart = ours.mean - theirs.mean if ours and theirs else None
        cells = [cell for curve in (once, anew) for cell in _cells(tradeoff, curve, curve.at(value))]
        rows.append([f"{value:g}", *cells, _signed(tradeoff, apart)])
    return _table([*header, "difference"], rows)


def _cells(tradeoff: Tradeoff, curve: Curve, point: Point | None) -> list[str]:
    if point is None:
        return [NOTHING] * 3
    number = number_of(tradeoff.metric)
    mark = " (oracle)" if point is curve.oracle else ""
    return [f"{number(point.mean)}{mark}", number(point.std), f"{len(tradeoff.tasks)} x {point.seeds}"]


def _gap(tradeoff: Tradeoff) -> str:
    once, anew = tradeoff.conditioned, tradeoff.separate
    name, number = tradeoff.parameter, number_of(tradeoff.metric)
    word = "better" if tradeoff.oracle_gap >= 0 else "worse"
    return escape_pipes(
        f"Best value against best value (both oracles): `{once.detector}` at {name}={once.oracle.value:g} has"
        f" {number(once.oracle.mean)}, `{anew.detector}` at {name}={anew.oracle.value:g} has"
        f" {number(anew.oracle.mean)}: the conditioned one is {number(abs(tradeoff.oracle_gap))} {word}."
    )


def _choices(tradeoff: Tradeoff) -> str:
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
    best, each = "best value (oracle)", "best value of each task (oracle)"
    return _table(["detector", "at the label-free value", best, "regret", each, "regret"], rows)


def _tasks(tradeoff: Tradeoff) -> str:
    number, name = number_of(tradeoff.metric), tradeoff.parameter
    header = ["task", f"{name} chosen without labels"]
    for curve in (tradeoff.conditioned, tradeoff.separate):
        header += [f"{curve.detector} there", f"best {name} (oracle)", "with it", "regret"]
    rows = []
    for task in tradeoff.tasks:
        row = [task, ", ".join(NOTHING if value is None else f"{value:g}" for value in tradeoff.chosen[task])]
        for curve in (tradeoff.conditioned, tradeoff.separate):
            best, choice = curve.task_oracles[task], curve.choice
            row += [number(choice.tasks[task]), f"{best.value:g}", number(best.tasks[task])]
            row.append(number(choice.task_regrets[task]))
        rows.append(row)
    return _table(header, rows)


def _costs(tradeoff: Tradeoff) -> str:
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
    return _table(["detector", "values", "trials", "fit s", "fit s of one value, one seed", "wall s"], rows)


def _ratios(tradeoff: Tradeoff) -> str:
    to_one, to_all = (NOTHING if ratio is None else f"{ratio:.2f}" for ratio in tradeoff.cost_ratios)
    return escape_pipes(
        f"To fit `{tradeoff.conditioned.detector}` took {to_one} times what `{tradeoff.separate.detector}` takes at one"
        f" value, and {to_all} times what it takes at all {len(tradeoff.separate.points)}; one seed against one seed."
        " Wall time is for how long at least one of the trials was under way, with loading, scoring and auditing; it"
        " depends on how many ran side by side."
    )


def _task_oracle(curve: Curve) -> float:
    best = [point.tasks[task] for task, point in curve.task_oracles.items()]
    return sum(best) / len(best)


def _signed(tradeoff: Tradeoff, value: float | None) -> str:
    text = number_of(tradeoff.metric)(value)
    return f"+{text}" if value is not None and value > 0 else text


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    # The texts are formatted by the caller: tabulate must neither parse nor realign them.
    cells = [[escape_pipes(cell) for cell in row] for row in rows]
    aligned = ["left" if name in ("detector", "task") else "right" for name in header]
    table: str = tabulate(
        cells, [escape_pipes(name) for name in header], "github", disable_numparse=True, colalign=aligned
    )
    return table


def _plain_curve(curve: Curve) -> dict[str, Any]:
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
