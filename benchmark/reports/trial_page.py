"""The report of a trial: what was asked, the status, metrics, and the curves of the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.errors import PluginConflict, UnknownName
from benchmark.interfaces.outcome import Measure, Outcome
from benchmark.registry import Registry
from benchmark.reports.detector_page import parameters_text
from benchmark.reports.document import Report, Table, text_table
from benchmark.reports.protocol import OLDER, is_older, phrase
from benchmark.reports.text import NOTHING
from benchmark.reports.trial_values import interval_of
from benchmark.results.codec import outcome_to_plain

COSTS = {
    "load_seconds": "load seconds",
    "fit_seconds": "fit seconds",
    "score_seconds": "score seconds",
    "wall_seconds": "wall seconds",
    "peak_memory_mib": "peak memory, MiB",
}
MEASURED = {
    "roc_auc": "validation ROC-AUC",
    "mean_normal_score": "mean normal score",
    "sensitivity": "sensitivity",
    "precision": "precision",
}


def trial_report(outcome: Outcome, registry: Registry) -> Report:
    """Return everything that the store keeps of a trial, except its scores."""
    trial = outcome.trial
    tables = [text_table("", ["trial", trial.id], _facts(outcome), text=["trial", trial.id])]
    header, lines = ("rule", "metric", "value", "standard_error", "low", "high"), _metric_lines(outcome, registry)
    if lines:
        columns = ["rule", "metric", "value", "standard error", "95 % interval"]
        rows = [
            [rule, name, _digits(value), _digits(error), _range(low, high)]
            for rule, name, value, error, low, high in lines
        ]
        tables.append(text_table("Metrics", columns, rows, text=["rule", "metric"]))
    tables += _curves(outcome.curves, trial.rules)
    if outcome.last_lines:
        rows = [[line] for line in outcome.last_lines.splitlines()]
        tables.append(text_table("Last lines of the worker", ["line"], rows, text=["line"]))
    return Report(
        title=str(trial),
        tables=tuple(tables),
        data={"id": trial.id, **outcome_to_plain(outcome)[0]},
        lines=(header, *lines),
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
    facts.append(("images scored per second", _number(_rate(outcome.cost.scored_images, outcome.cost.score_seconds))))
    facts += [
        ("number of parameters" if name == "parameters" else name, _number(value))
        for name, value in outcome.facts.items()
    ]
    return facts + [_provenance(name, value) for name, value in outcome.provenance.items()]


def _metric_lines(outcome: Outcome, registry: Registry) -> list[tuple[str, str, float, float | None, Any, Any]]:
    """Return rule, metric, value, standard error and the ends of the 95 % interval."""
    return [
        (rule, name, measure.value, measure.standard_error, *(_interval(registry, name, measure) or (None, None)))
        for rule in outcome.trial.rules
        for name, measure in outcome.metrics.get(rule, {}).items()
    ]


def _interval(registry: Registry, name: str, measure: Measure) -> tuple[float, float] | None:
    try:
        return interval_of(measure, registry.metrics[name])
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
    return ("uncommitted changes", "no" if value else "yes") if name == "clean" else (name, _versions(value))


def _versions(value: Any) -> str:
    return ", ".join(f"{name} {version}" for name, version in value.items()) if isinstance(value, dict) else str(value)


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
