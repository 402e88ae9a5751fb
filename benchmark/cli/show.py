"""`bench show`: everything about one detector, or about one trial."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.operating import points_text
from benchmark.cli.options import store_option
from benchmark.interfaces.errors import BenchError, PluginConflict, UnknownName

if TYPE_CHECKING:
    from benchmark.interfaces.detector import EpochReport
    from benchmark.interfaces.outcome import Measure, Outcome
    from benchmark.interfaces.specs import DetectorSpec, Preset
    from benchmark.registry import Registry


@click.command("show")
@click.argument("what", metavar="DETECTOR|TRIAL")
@click.option(
    "--operating-points",
    is_flag=True,
    help="Of a trial: thresholds along the ROC curve and what they give, the one that needs no label among them.",
)
@click.option("--rule", metavar="NAME", help="The rule of the operating points.  [default: the primary one]")
@store_option
def command(what: str, operating_points: bool, rule: str | None, store_path: Path) -> None:
    """Show a detector (parameters, defaults, bounds, presets, rules) or a trial (a prefix of its id is enough)."""
    if rule is not None and not operating_points:
        raise click.UsageError("--rule goes with --operating-points; all rules are shown otherwise")
    from benchmark.registry import registry

    known = registry()
    may_be_trial = what not in known.detectors and set(what) <= set(string.hexdigits)
    if may_be_trial and store_path.is_file():
        from benchmark.results import Store

        with Store(store_path) as store:
            outcome = store.outcome(what.lower())
        click.echo(points_text(outcome, rule) if operating_points else trial_text(outcome, known))
    elif may_be_trial:
        raise UnknownName(f"no detector is called {what!r}, and there is no store at {store_path} to look for a trial")
    elif operating_points:
        raise click.UsageError(f"--operating-points are of a trial, by a prefix of its id; not of {what!r}")
    else:
        click.echo(detector_text(known, known.detectors[what]))


def detector_text(known: Registry, spec: DetectorSpec) -> str:
    """Return what there is to know about a detector before it is used."""
    from tabulate import tabulate

    from benchmark.registry.parameters import describe

    config, framework, problem = at_defaults(known, spec)
    rules = spec.rules_of(config)
    plugin = known.detectors.offer(spec.name).plugin
    head = [
        ("detector", f"{spec.name} (version {spec.version}, plugin {plugin})"),
        ("", spec.summary),
        ("framework", framework or f"unknown: {problem}"),
        *_built_on(spec, config),
        ("rules", ", ".join([f"{rules[0]} (primary)", *rules[1:]])),
        ("presets", "fast: the defaults"),
        *(("", f"{name}: {_preset(preset)}") for name, preset in spec.presets.items()),
    ]
    rows = [[p.name, p.type, json.dumps(p.default), p.bounds, p.doc] for p in describe(spec.config)]
    table = tabulate(rows, ["parameter", "type", "default", "bounds", "meaning"], disable_numparse=True)
    return f"{tabulate(head, tablefmt='plain')}\n\n{table if rows else 'no parameters'}"


def at_defaults(known: Registry, spec: DetectorSpec) -> tuple[Any, str | None, str]:
    """Return the default config, its framework, and, where what the detector is built on is not here, why not."""
    config = spec.config()
    if spec.built_on is None:  # a name may be offered twice, and both are listed
        return config, spec.framework_of(config), ""
    try:
        resolved = known.resolve(spec.name, {})
        return resolved.config, resolved.framework, ""
    except BenchError as error:
        return config, None, str(error)


def _preset(preset: Preset) -> str:
    values = dict(preset.values) if preset.validation is None else {**preset.values, "validation": preset.validation}
    return _assignments(values) or "the defaults"


def _built_on(spec: DetectorSpec, config: Any) -> list[tuple[str, str]]:
    if spec.built_on is None:
        return []
    field, table = spec.built_on
    return [("built on", f"{getattr(config, field)}, or what {field} names; {table} holds its parameters")]


def trial_text(outcome: Outcome, known: Registry) -> str:
    """Return what is known of a trial."""
    from tabulate import tabulate

    trial = outcome.trial
    head: list[tuple[str, Any]] = [
        ("trial", trial.id),
        ("what", str(trial)),
        ("status", outcome.status),
        *((("error", f"{outcome.error_type}: {outcome.message}"),) if outcome.error_type else ()),
        *(("note", note) for note in outcome.notes),
        *((f"baseline: {name}", f"ROC-AUC {value:.4f}") for name, value in outcome.baselines.items()),
        ("parameters", _assignments(trial.params) or "none"),
        ("protocol", f"judged on {trial.judged_on}, validation={trial.validation}, threads={trial.threads},"
                     f" device={trial.device}, semantics={trial.semantics}"),
        ("data", f"{outcome.task.variant} {trial.fingerprint[:16]}"),
        ("source", f"version {trial.detector_version}, {outcome.source[:16]}"),
        ("finished", outcome.finished_at),
        *((name.replace("_", " "), _number(getattr(outcome.cost, name))) for name in
          ("load_seconds", "fit_seconds", "score_seconds", "wall_seconds", "peak_memory_mib")),
        ("scored per second", _number(_rate(outcome.cost.scored_images, outcome.cost.score_seconds))),
        *((name, _number(value)) for name, value in outcome.facts.items()),
        *((name, _versions(value)) for name, value in outcome.provenance.items()),
    ]  # fmt: skip
    parts = [tabulate(head, tablefmt="plain", disable_numparse=True)]
    if outcome.metrics:
        rows = [
            [rule, name, f"{m.value:.4f}", "" if m.standard_error is None else f"{m.standard_error:.4f}",
             _interval(known, name, m)]
            for rule in trial.rules
            for name, m in outcome.metrics.get(rule, {}).items()
        ]  # fmt: skip
        header = ["rule", "metric", "value", "standard error", "95 % interval"]
        parts.append(tabulate(rows, header, disable_numparse=True))
    if outcome.curves:
        parts.append(_curves(outcome.curves, trial.rules))
    if outcome.last_lines:
        parts.append(f"last lines:\n{outcome.last_lines}")
    return "\n\n".join(parts)


def _interval(known: Registry, name: str, measure: Measure) -> str:
    """Return the interval of a metric that ranges from 0 to 1; empty where there is none."""
    from benchmark.reports.trial_values import interval_of

    try:
        interval = interval_of(measure, known.metrics[name])
    except (UnknownName, PluginConflict):  # a number may be older than the plugins that are installed
        return ""
    return "" if interval is None else "{:.4f} to {:.4f}".format(*interval)


MEASURED = {
    "roc_auc": "validation ROC-AUC",
    "mean_normal_score": "mean normal score",
    "sensitivity": "sensitivity",
    "precision": "precision",
}


def _curves(curves: Sequence[EpochReport], rules: tuple[str, ...]) -> str:
    """Return a table of what was reported and measured in each epoch, and one of every rule's validation ROC-AUC."""
    rows = []
    for report in curves:
        measured = report.validation.get(rules[0], {})
        values: dict[str, float | None] = {**report.losses, **report.measures}
        values |= {title: measured[name] for name, title in MEASURED.items() if measured.get(name) is not None}
        rows.append((f"{report.number}/{report.of}", values))
    parts = [_by_epoch(rows)]
    if len(rules) > 1:
        areas = [
            (f"{report.number}/{report.of}", {rule: report.validation[rule]["roc_auc"] for rule in rules})
            for report in curves
            if report.validation
        ]
        parts += [f"validation ROC-AUC of each rule:\n\n{_by_epoch(areas)}"] if areas else []
    return "\n\n".join(parts)


def _by_epoch(rows: Any) -> str:
    from tabulate import tabulate

    columns = list(dict.fromkeys(name for _, values in rows for name in values))
    cells = [
        [epoch, *("" if name not in values else _number(values[name]) for name in columns)] for epoch, values in rows
    ]
    table: str = tabulate(cells, ["epoch", *columns], disable_numparse=True)
    return table


def _assignments(values: Any) -> str:
    from benchmark.reports.settings import assignments

    # A table as `--set` takes it; JSON's spelling of one is not TOML's.
    return ", ".join(
        assignments({name: value}) if isinstance(value, Mapping) else f"{name}={json.dumps(value)}"
        for name, value in values.items()
    )


def _versions(value: Any) -> str:
    return ", ".join(f"{name} {version}" for name, version in value.items()) if isinstance(value, dict) else str(value)


def _rate(count: int | None, seconds: float | None) -> float | None:
    return count / seconds if count and seconds else None


def _number(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    value = float(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
