"""Writes a paired comparison as markdown or JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tabulate import tabulate

from benchmark.reports.board import settings_text
from benchmark.reports.comparison.compare import Contender, PairedComparison
from benchmark.reports.comparison.disagreement import Disagreement
from benchmark.reports.comparison.pairing import DELONG, Estimate, PairedTask
from benchmark.reports.render.markdown import escape, escape_pipes
from benchmark.reports.text import NOTHING, heading, is_percent, number_of, points

MOST_CLASSES = 3

INTERVALS = (
    "In brackets: 95 % intervals over the drawing of the test images, of a value on the logit scale, of a difference"
    " paired image by image (DeLong et al. 1988). Variation from training to training is not in them; over several"
    " seeds the standard error is the mean of theirs."
)
UNPAIRED = f"Only `{DELONG}` has intervals of differences; they are paired image by image."
RANKS = (
    "`mean of ranks`: the metric if each image is scored by the mean of its two ranks among the test images. It needs"
    " no label, but the whole test set at once."
)


def to_markdown(compared: PairedComparison) -> str:
    """Return the classes, the test over them and the disagreement in GitHub's markdown."""
    a, b = compared.a.name, compared.b.name
    parts = [
        f"# {compared.dataset}: {escape(a)} against {escape(b)}, {heading(compared.metric)}",
        _numbers(compared),
        escape_pipes(_test(compared)),
        INTERVALS if compared.metric.name == DELONG else UNPAIRED,
        RANKS,
    ]
    if compared.disagreement is not None:
        parts += ["## Where they disagree", _counts(compared), *map(escape_pipes, _explained(compared))]
    parts += [f"- {escape(remark)}" for remark in compared.remarks]
    return "\n\n".join(parts) + "\n"


def to_json(compared: PairedComparison) -> str:
    """Return one object; a metric from 0 to 1 is a fraction, an index is that of a test image in dataset order."""
    higher, equal, lower = compared.tally
    plain = {
        "dataset": compared.dataset,
        "metric": compared.metric.name,
        "higher_is_better": compared.metric.higher_is_better,
        "a": _contender(compared.a),
        "b": _contender(compared.b),
        "difference": compared.difference,
        "tally": {"a_higher": higher, "equal": equal, "b_higher": lower},
        "wilcoxon_p": compared.p_value,
        "mean_of_ranks": compared.mean_of_ranks,
        "tasks": [_task(task) for task in compared.tasks],
        "disagreement": compared.disagreement and _disagreement(compared.disagreement, examples=False),
        "remarks": list(compared.remarks),
    }
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[PairedComparison], str]] = {"markdown": to_markdown, "json": to_json}


def _numbers(compared: PairedComparison) -> str:
    number, signed = number_of(compared.metric), points if is_percent(compared.metric) else _signed
    rows = [
        [
            task.task,
            _estimate(task.a, number),
            _estimate(task.b, number),
            _estimate(task.difference, signed),
            number(task.mean_of_ranks),
        ]
        for task in compared.tasks
    ]
    means = [number(compared.a.mean), number(compared.b.mean), signed(compared.difference)]
    rows.append(["mean", *means, number(compared.mean_of_ranks)])
    return _table(["task", compared.a.name, compared.b.name, "difference", "mean of ranks"], rows)


def _test(compared: PairedComparison) -> str:
    higher, equal, lower = compared.tally
    tasks = len(compared.tasks)
    ties = f", equal in {equal}" if equal else ""
    text = f"{compared.a.name} is higher in {higher} of {tasks} tasks, lower in {lower}{ties}"
    if compared.p_value is None:
        return f"{text}; too few of them differ for Wilcoxon's signed-rank test over tasks to say anything."
    return f"{text}; p = {compared.p_value:.2g} by Wilcoxon's signed-rank test over tasks (two-sided)."


def _counts(compared: PairedComparison) -> str:
    rows = [[task.task, *_cells(task.disagreement)] for task in compared.tasks]
    rows.append(["all", *_cells(compared.disagreement)])
    sides = [f"{side.name} alone: {what}" for side in (compared.a, compared.b) for what in ("flagged", "missed")]
    return _table(["task", "images", "neither is wrong", "both are", *sides], rows)


def _cells(apart: Disagreement | None) -> list[str]:
    if apart is None:
        return [NOTHING] * 7
    alone = [count for only in (apart.only_a, apart.only_b) for count in (only.normal, only.anomalous)]
    return [str(count) for count in (apart.images, apart.right, apart.both.images, *alone)]


def _explained(compared: PairedComparison) -> list[str]:
    text = "Test images by who gets them wrong: normal ones that are flagged, anomalous ones that are missed."
    if any(len(task.seeds) > 1 for task in compared.tasks):
        text += " An image counts once for each seed."
    lines, classes = [text], compared.disagreement.classes if compared.disagreement else {}
    for index, side in enumerate((compared.a, compared.b)):
        line = f"- {side.name} flags what is above {' or '.join(side.thresholds)}: no label chose it."
        counts = {name: both[index] for name, both in classes.items() if both[index]}
        if most := sorted(counts, key=lambda name: -counts[name])[:MOST_CLASSES]:
            line += f" Alone it is wrong most often about {', '.join(f'{name} ({counts[name]})' for name in most)}."
        lines.append(line)
    return lines


def _estimate(estimate: Estimate, number: Callable[[float | None], str]) -> str:
    if estimate.interval is None:
        return number(estimate.value)
    low, high = estimate.interval
    return f"{number(estimate.value)} [{number(low)}, {number(high)}]"


def _signed(value: float | None) -> str:
    return NOTHING if value is None else f"{value:+z.4g}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    # The texts are formatted by the caller: tabulate must neither parse nor realign them.
    cells = [[escape(cell) for cell in row] for row in rows]
    aligned = ["left", *["right"] * (len(header) - 1)]
    table: str = tabulate(cells, [escape(name) for name in header], "github", disable_numparse=True, colalign=aligned)
    return table


def _contender(side: Contender) -> dict[str, Any]:
    row = side.row
    return {
        "name": side.name,
        "detector": row.detector,
        "rule": row.rule,
        "settings": settings_text(row),
        "non_default": dict(row.non_default),
        "params": dict(row.params),
        "mean": side.mean,
        "thresholds": list(side.thresholds),
    }


def _task(task: PairedTask) -> dict[str, Any]:
    return {
        "task": task.task,
        "seeds": list(task.seeds),
        "a": dataclasses.asdict(task.a),
        "b": dataclasses.asdict(task.b),
        "difference": dataclasses.asdict(task.difference),
        "mean_of_ranks": task.mean_of_ranks,
        "thresholds": [
            {"seed": seed, "a": a and a.value, "b": b and b.value}
            for seed, (a, b) in zip(task.seeds, task.thresholds, strict=True)
        ],
        "disagreement": task.disagreement and _disagreement(task.disagreement, examples=True),
    }


def _disagreement(apart: Disagreement, *, examples: bool) -> dict[str, Any]:
    plain = {
        "images": apart.images,
        "right": apart.right,
        "both_wrong": dataclasses.asdict(apart.both),
        "only_a_wrong": dataclasses.asdict(apart.only_a),
        "only_b_wrong": dataclasses.asdict(apart.only_b),
        "classes": {name: {"only_a_wrong": of_a, "only_b_wrong": of_b} for name, (of_a, of_b) in apart.classes.items()},
    }
    if examples:
        plain["examples_a"] = [dataclasses.asdict(image) for image in apart.examples_a]
        plain["examples_b"] = [dataclasses.asdict(image) for image in apart.examples_b]
    return plain
