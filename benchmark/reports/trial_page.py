"""The report of a trial: what was asked, the status, metrics, and the curves of the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.errors import PluginConflict, UnknownName
from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.specs import MetricSpec
from benchmark.registry import Registry
from benchmark.reports.detector_page import parameters_text
from benchmark.reports.document import Report, Table, note, text_table
from benchmark.reports.protocol import OLDER, is_older, phrase
from benchmark.reports.text import NOTHING
from benchmark.reports.thresholds import Threshold, label_free
from benchmark.reports.trial_values import class_interval_of, interval_of
from benchmark.results.codec import outcome_to_plain

COSTS = {
    "load_seconds": "load seconds",
    "fit_seconds": "fit seconds",
    "score_seconds": "score seconds",
    "fit_cpu_seconds": "fit processor seconds",
    "score_cpu_seconds": "score processor seconds",
    "wall_seconds": "wall seconds",
    "peak_memory_mib": "peak memory, MiB",
    "load_average": "load average at the start",
}
MEASURED = {
    "roc_auc": "validation ROC-AUC",
    "mean_normal_score": "mean normal score",
    "sensitivity": "sensitivity",
    "precision": "precision",
}


METRIC_LINE = (
    "rule", "metric", "value", "standard_error", "low", "high", "class_error", "class_low", "class_high", "chance",
)  # fmt: skip
"""The columns of the CSV."""

NO_INTERVAL = (None, None)
CLASS_INTERVAL = (
    "`95 % interval`: for another sample of test images of the same classes. `for other classes`: if the anomalous"
    " classes were others too, and these are a random sample of them. Of the mean over as many classes; the value for a"
    " single new class varies more."
)


def trial_report(outcome: Outcome, registry: Registry) -> Report:
    """Return everything that the store keeps of a trial, except its scores."""
    trial = outcome.trial
    tables = [text_table("", ["trial", trial.id], _facts(outcome), text=["trial", trial.id])]
    lines = _metric_lines(outcome, registry)
    if lines:
        tables.append(_metrics_table(lines))
    tables += _curves(outcome.curves, trial.rules)
    if outcome.last_lines:
        rows = [[line] for line in outcome.last_lines.splitlines()]
        tables.append(text_table("Last lines of the worker", ["line"], rows, text=["line"]))
    return Report(
        title=str(trial),
        tables=tuple(tables),
        data={"id": trial.id, **outcome_to_plain(outcome)[0]},
        lines=(METRIC_LINE, *lines),
    )


def _facts(outcome: Outcome) -> list[tuple[str, str]]:
    trial = outcome.trial
    facts = [("status", outcome.status)]
    if outcome.error_type:
        facts.append(("error", f"{outcome.error_type}: {outcome.message}"))
    facts += [("note", text) for text in outcome.notes]
    facts += [(f"baseline {name}", f"ROC-AUC {value:.4f}") for name, value in outcome.baselines.items()]
    facts += [
        ("parameters", parameters_text(trial.params) or "none"),
        (
            "protocol",
            f"measured on {trial.judged_on} images, validation={trial.validation}, threads={trial.threads},"
            f" device={trial.device}, {phrase(trial.semantics)}{OLDER if is_older(trial) else ''}",
        ),
        ("data", f"{outcome.task.variant} {trial.fingerprint[:16]}"),
        ("source", f"version {trial.detector_version}, {outcome.source[:16]}"),
        ("finished", outcome.finished_at),
    ]
    facts += [(label, _number(getattr(outcome.cost, name))) for name, label in COSTS.items()]
    if outcome.status == "ok" and outcome.sets:
        threshold = label_free(outcome.sets, trial.primary_rule, judged_on=trial.judged_on)
        text = threshold.text if isinstance(threshold, Threshold) else f"none: {threshold}"
        facts.append(("label-free threshold", text))
    facts.append(("images scored per second", _number(_rate(outcome.cost.scored_images, outcome.cost.score_seconds))))
    facts += [
        ("number of parameters" if name == "parameters" else name, _number(value))
        for name, value in outcome.facts.items()
    ]
    return facts + [_provenance(name, value) for name, value in outcome.provenance.items()]


def _metric_lines(outcome: Outcome, registry: Registry) -> list[tuple[Any, ...]]:
    """Return the values of `METRIC_LINE` of each rule and metric."""
    lines = []
    for rule in outcome.trial.rules:
        for name, measure in outcome.metrics.get(rule, {}).items():
            spec = _spec(registry, name)
            ends = spec and interval_of(measure, spec)
            class_ends = spec and class_interval_of(measure, spec)
            errors = (measure.standard_error, *(ends or NO_INTERVAL), measure.class_error, *(class_ends or NO_INTERVAL))
            lines.append((rule, name, measure.value, *errors, spec and spec.chance))
    return lines


def _metrics_table(lines: Sequence[tuple[Any, ...]]) -> Table:
    header = ["rule", "metric", "value", "chance", "95 % interval", "for other classes", "standard error"]
    rows = [
        [rule, name, _digits(value), _digits(chance), _range(low, high), _range(class_low, class_high), _digits(error)]
        for rule, name, value, error, low, high, _, class_low, class_high, chance in lines
    ]
    notes = [note(CLASS_INTERVAL)] if any(line[7] is not None for line in lines) else []
    return text_table("Metrics", header, rows, text=["rule", "metric"], notes=notes)


def _spec(registry: Registry, name: str) -> MetricSpec | None:
    try:
        return registry.metrics[name]
    except (UnknownName, PluginConflict):  # a number may be older than the plugins that are installed
        return None


def _curves(curves: Sequence[EpochReport], rules: tuple[str, ...]) -> list[Table]:
    """Return a table of what was reported and measured in each epoch, and one of every rule's validation ROC-AUC."""
    rows: list[tuple[EpochReport, Mapping[str, Any]]] = []
    for report in curves:
        measured = report.validation.get(rules[0], {})
        values: dict[str, Any] = {**report.losses, **report.measures}
        values |= {title: measured[name] for name, title in MEASURED.items() if measured.get(name) is not None}
        rows.append((report, values))
    areas = [
        (report, {rule: report.validation[rule]["roc_auc"] for rule in rules}) for report in curves if report.validation
    ]
    tables = [_by_epoch("Epochs", rows)] if rows else []
    if len(rules) > 1 and areas:
        tables.append(_by_epoch("Validation ROC-AUC of each rule", areas))
    return tables


def _by_epoch(title: str, rows: Sequence[tuple[EpochReport, Mapping[str, Any]]]) -> Table:
    columns = list(dict.fromkeys(name for _, values in rows for name in values))
    cells = [
        [f"{report.number}/{report.of}", *(_number(values[name]) if name in values else "" for name in columns)]
        for report, values in rows
    ]
    return text_table(title, ["epoch", *columns], cells, text=["epoch"])


def _provenance(name: str, value: Any) -> tuple[str, str]:
    if name == "clean":
        return "uncommitted changes", "no" if value else "yes"
    return name.replace("_", " "), _listed(value)


def _listed(value: Any) -> str:
    """Return `avx, avx2` of a list, `numpy 2.4.6, scipy 1.17.1` of a mapping; `none` if there is nothing in it."""
    if isinstance(value, Mapping):
        value = [f"{name} {_words(of_name)}" for name, of_name in value.items()]
    return (", ".join(map(str, value)) or "none") if isinstance(value, list | tuple) else str(value)


def _words(value: Any) -> str:
    """Return `openblas 0.3.30 SkylakeX threads=1` of a BLAS."""
    if not isinstance(value, Mapping):
        return str(value)
    known = {name: part for name, part in value.items() if part is not None}
    return " ".join(f"{name}={part}" if isinstance(part, int) else str(part) for name, part in known.items())


def _rate(count: int | None, seconds: float | None) -> float | None:
    return count / seconds if count and seconds else None


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.4f} to {high:.4f}"


def _number(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    value = float(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
