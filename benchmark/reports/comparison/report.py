"""The report of a paired comparison."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from benchmark.reports.board import settings_text
from benchmark.reports.comparison.compare import Contender, PairedComparison
from benchmark.reports.comparison.disagreement import Disagreement
from benchmark.reports.comparison.pairing import DELONG, Estimate, PairedTask
from benchmark.reports.document import Note, Report, Span, Table, note, text_table
from benchmark.reports.text import NOTHING, heading, is_percent, join, number_of, plural, points, signed_of
from benchmark.reports.thresholds import Threshold
from benchmark.reports.uncertainty import SHARED_STREAMS

MOST_CLASSES = 3

INTERVALS = (
    "In brackets: 95 % intervals. They cover the sampling of test images only, not the variation between trainings."
    " Intervals of values are computed on the logit scale. Those of differences take into account that both detectors"
    " scored the same images (DeLong et al. 1988). With several seeds the standard error is the mean of the seeds'"
    " standard errors."
)
CLASSES = (
    " `for other classes`: the interval of the difference if the anomalous classes were others too, of which these are"
    " a random sample."
)
UNPAIRED = f"Only `{DELONG}` has intervals of differences."
RANKS = (
    "`combined`: the metric if each image is scored by the mean of its two ranks among the test images. This needs no"
    " labels, but it needs the whole test set at once."
)


def comparison_report(compared: PairedComparison) -> Report:
    """Return the tasks, the test over them, and where the two disagree.

    In the data a metric from 0 to 1 is a fraction, and an index is that of a test image in dataset order.
    """
    tables = [_numbers(compared)]
    if compared.disagreement is not None:
        tables.append(_counts(compared))
    return Report(
        title=f"{compared.dataset}: {compared.a.name} against {compared.b.name}, {heading(compared.metric)}",
        tables=tuple(tables),
        notes=tuple(note(Span(remark), item=True) for remark in compared.remarks),
        data=_data(compared),
        lines=_lines(compared),
    )


def _numbers(compared: PairedComparison) -> Table:
    number, signed = number_of(compared.metric), _signed_of(compared)
    by_class = any(task.difference.class_interval is not None for task in compared.tasks)
    rows = [
        [
            task.task,
            _estimate(task.a, number),
            _estimate(task.b, number),
            _estimate(task.difference, signed),
            *([_ends(task.difference.class_interval, signed)] if by_class else []),
            number(task.mean_of_ranks),
        ]
        for task in compared.tasks
    ]
    means = [number(compared.a.mean), number(compared.b.mean), signed(compared.difference)]
    rows.append(["mean", *means, *([""] if by_class else []), number(compared.mean_of_ranks)])
    classes = ["for other classes"] if by_class else []
    header = ["task", compared.a.name, compared.b.name, "difference", *classes, "combined"]
    intervals = INTERVALS + (CLASSES if by_class else "") if compared.metric.name == DELONG else UNPAIRED
    sentences = [note(Span(text)) for text in (_test(compared), _seeds(compared)) if text]
    notes = [*sentences, note(intervals), note(RANKS)]
    return text_table("", header, rows, text=["task"], notes=notes)


def _test(compared: PairedComparison) -> str:
    higher, equal, lower = compared.tally
    ties = f", equal in {equal}" if equal else ""
    text = f"{compared.a.name} is higher in {higher} of {len(compared.tasks)} tasks, lower in {lower}{ties}"
    if compared.shared_streams:
        return f"{text}; no p-value and no interval of the mean: {SHARED_STREAMS}."
    if compared.p_value is None:
        text = f"{text}; too few tasks differ for Wilcoxon's signed-rank test."
    else:
        text += f"; p = {compared.p_value:.2g} (Wilcoxon's signed-rank test over tasks, two-sided, uncorrected)."
    found, signed = compared.mean_difference, _signed_of(compared)
    if found.low is None:
        return text
    interval = f"{signed(found.low)} to {signed(found.high)}"
    return f"{text} 95 % interval of the mean difference, over tasks and seeds: {interval}."


def _seeds(compared: PairedComparison) -> str:
    """Return how many seeds would show the difference, or why that is unknown."""
    count, tasks = compared.seeds, len(compared.tasks)
    if count is None:
        if tasks < 2 or compared.shared_streams or not compared.difference:
            return ""
        return (
            "How many seeds would show this difference is unknown: a row has one seed, and no row of its framework has"
            " several. Run it with --seeds 3."
        )
    needed, (fewest, most) = count.needed, count.seeds
    have = plural(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    text = (
        f"If the true difference is the observed one, a two-sided t-test over these {tasks} tasks at 5 % finds it with"
        f" {have} in {100 * needed.power:.0f} % of all cases."
    )
    if needed.seeds is None:
        text += (
            " No number of seeds gives 80 %: the differences vary too much between tasks (standard deviation without"
            f" seeds: {_unsigned(compared, needed.between_tasks)})."
        )
    elif needed.seeds > fewest:
        text += f" It takes {plural(needed.seeds, 'seed')} of each for 80 %."
    else:
        text += f" For 80 % {plural(needed.seeds, 'seed')} of each would do."
    borrowed = [
        f"{side.name}: {origin}"
        for side, origin in zip((compared.a, compared.b), count.origins, strict=True)
        if origin != "own"
    ]
    if borrowed:
        text += f" The variation over seeds is that of other rows of the same detector or framework ({join(borrowed)})."
    return text


def _signed_of(compared: PairedComparison) -> Callable[[float | None], str]:
    return points if is_percent(compared.metric) else signed_of(compared.metric)


def _unsigned(compared: PairedComparison, value: float) -> str:
    return f"{100 * value:.2f} points" if is_percent(compared.metric) else f"{value:.4g}"


def _counts(compared: PairedComparison) -> Table:
    rows = [[task.task, *_cells(task.disagreement)] for task in compared.tasks]
    rows.append(["all", *_cells(compared.disagreement)])
    errors = ("false alarms", "misses")
    sides = [f"only {side.name}: {error}" for side in (compared.a, compared.b) for error in errors]
    header = ["task", "images", "both right", "both wrong", *sides]
    return text_table("Where they disagree", header, rows, text=["task"], notes=_explained(compared))


def _cells(counted: Disagreement | None) -> list[str]:
    if counted is None:
        return [NOTHING] * 7
    one_sided = [count for only in (counted.only_a, counted.only_b) for count in (only.normal, only.anomalous)]
    return [str(count) for count in (counted.images, counted.right, counted.both.images, *one_sided)]


def _explained(compared: PairedComparison) -> list[Note]:
    text = (
        "Test images, counted by which detector classifies them wrongly. False alarms: normal images that are flagged;"
        " misses: anomalous images that are not."
    )
    if any(len(task.seeds) > 1 for task in compared.tasks):
        text += " An image counts once for each seed."
    notes, classes = [note(text)], compared.disagreement.classes if compared.disagreement else {}
    for index, side in enumerate((compared.a, compared.b)):
        line = f"{side.name} flags scores above {' or '.join(side.thresholds)}; no label was used."
        counts = {name: both[index] for name, both in classes.items() if both[index]}
        if most := sorted(counts, key=lambda name: -counts[name])[:MOST_CLASSES]:
            listed = ", ".join(f"{name} ({counts[name]})" for name in most)
            line += f" Classes on which only it is wrong most often: {listed}."
        notes.append(note(Span(line), item=True))
    return notes


def _estimate(estimate: Estimate, number: Callable[[float | None], str]) -> str:
    if estimate.interval is None:
        return number(estimate.value)
    return f"{number(estimate.value)} {_ends(estimate.interval, number)}"


def _ends(interval: tuple[float, float] | None, number: Callable[[float | None], str]) -> str:
    return "" if interval is None else f"[{number(interval[0])}, {number(interval[1])}]"


def _data(compared: PairedComparison) -> dict[str, Any]:
    higher, equal, lower = compared.tally
    return {
        "dataset": compared.dataset,
        "metric": compared.metric.name,
        "higher_is_better": compared.metric.higher_is_better,
        "a": _contender(compared.a),
        "b": _contender(compared.b),
        "difference": compared.difference,
        "difference_low": compared.mean_difference.low,
        "difference_high": compared.mean_difference.high,
        "power": compared.seeds and compared.seeds.needed.power,
        "seeds_needed": compared.seeds and compared.seeds.needed.seeds,
        "tally": {"a_higher": higher, "equal": equal, "b_higher": lower},
        "wilcoxon_p": compared.p_value,
        "mean_of_ranks": compared.mean_of_ranks,
        "tasks": [_task(task) for task in compared.tasks],
        "disagreement": compared.disagreement and _disagreement(compared.disagreement, examples=False),
        "remarks": list(compared.remarks),
    }


def _lines(compared: PairedComparison) -> tuple[tuple[Any, ...], ...]:
    """Return a header and a line for each task, then one of the means."""
    header = ["task", "a", "a_low", "a_high", "b", "b_low", "b_high"]
    header += ["difference", "difference_low", "difference_high", "mean_of_ranks", "class_low", "class_high"]
    lines: list[tuple[Any, ...]] = [tuple(header)]
    for task in compared.tasks:
        ends = [(each.value, *(each.interval or (None, None))) for each in (task.a, task.b, task.difference)]
        class_ends = task.difference.class_interval or (None, None)
        lines.append((task.task, *(value for values in ends for value in values), task.mean_of_ranks, *class_ends))
    means: Sequence[float] = (compared.a.mean, compared.b.mean, compared.difference)
    lines.append(
        ("mean", *(value for mean in means for value in (mean, None, None)), compared.mean_of_ranks, None, None)
    )
    return tuple(lines)


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
            {"seed": seed, "a": _value(a), "b": _value(b)}
            for seed, (a, b) in zip(task.seeds, task.thresholds, strict=True)
        ],
        "disagreement": task.disagreement and _disagreement(task.disagreement, examples=True),
    }


def _value(threshold: Threshold | str) -> float | None:
    return threshold.value if isinstance(threshold, Threshold) else None


def _disagreement(counted: Disagreement, *, examples: bool) -> dict[str, Any]:
    plain = {
        "images": counted.images,
        "right": counted.right,
        "both_wrong": dataclasses.asdict(counted.both),
        "only_a_wrong": dataclasses.asdict(counted.only_a),
        "only_b_wrong": dataclasses.asdict(counted.only_b),
        "classes": {
            name: {"only_a_wrong": of_a, "only_b_wrong": of_b} for name, (of_a, of_b) in counted.classes.items()
        },
    }
    if examples:
        plain["examples_a"] = [dataclasses.asdict(image) for image in counted.examples_a]
        plain["examples_b"] = [dataclasses.asdict(image) for image in counted.examples_b]
    return plain
