"""The report of a detector: its rules, presets and parameters, before it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchmark.interfaces.errors import BenchError
from benchmark.interfaces.specs import DetectorSpec, Preset
from benchmark.registry import Registry
from benchmark.registry.parameters import describe
from benchmark.reports.document import Report, text_table
from benchmark.reports.settings import assignments


def detector_report(registry: Registry, spec: DetectorSpec) -> Report:
    """Return the rules, presets and parameters of a detector."""
    config, framework, problem = at_defaults(registry, spec)
    rules = spec.rules_of(config)
    plugin = registry.detectors.offer(spec.name).plugin
    facts = [
        ("summary", spec.summary),
        ("version", spec.version),
        ("plugin", plugin),
        ("framework", framework or f"unknown: {problem}"),
        *_built_on(spec, config),
        *([("baseline", "yes: boards show it among the baselines, without a rank")] if spec.baseline else []),
        ("rules", ", ".join([f"{rules[0]} (primary)", *rules[1:]])),
        ("preset fast", "the defaults"),
        *((f"preset {name}", _preset(preset)) for name, preset in spec.presets.items()),
    ]
    parameters = describe(spec.config)
    rows = [[p.name, p.type, json.dumps(p.default), p.bounds, p.doc] for p in parameters]
    header = ["parameter", "type", "default", "bounds", "meaning"]
    tables = [text_table("", ["detector", spec.name], facts, text=["detector", spec.name])]
    if rows:
        tables.append(text_table("Parameters", header, rows, text=header))
    plain = [
        {"name": p.name, "type": p.type, "default": p.default, "bounds": p.bounds, "doc": p.doc} for p in parameters
    ]
    return Report(
        title=f"Detector {spec.name}",
        tables=tuple(tables),
        data={
            "name": spec.name,
            "summary": spec.summary,
            "version": spec.version,
            "plugin": plugin,
            "framework": framework,
            "baseline": spec.baseline,
            "rules": list(rules),
            "presets": {"fast": {}, **{name: _values(preset) for name, preset in spec.presets.items()}},
            "parameters": plain,
        },
        lines=(("name", "type", "default", "bounds", "doc"), *map(tuple, rows)),
    )


def at_defaults(registry: Registry, spec: DetectorSpec) -> tuple[Any, str | None, str]:
    """Return the default config, its framework, and, if the detector that it is built on is missing, why."""
    config = spec.config()
    if spec.built_on is None:  # two plugins may offer one name; both are listed
        return config, spec.framework_of(config), ""
    try:
        resolved = registry.resolve(spec.name, {})
        return resolved.config, resolved.framework, ""
    except BenchError as error:
        return config, None, str(error)


def parameters_text(values: Mapping[str, Any]) -> str:
    """Return `epochs=1, filters=[32, 64]`: JSON, but a table as `--set` takes it."""
    return ", ".join(
        assignments({name: value}) if isinstance(value, Mapping) else f"{name}={json.dumps(value)}"
        for name, value in values.items()
    )


def _values(preset: Preset) -> dict[str, Any]:
    return dict(preset.values) if preset.validation is None else {**preset.values, "validation": preset.validation}


def _preset(preset: Preset) -> str:
    return parameters_text(_values(preset)) or "the defaults"


def _built_on(spec: DetectorSpec, config: Any) -> list[tuple[str, str]]:
    if spec.built_on is None:
        return []
    field, table = spec.built_on
    return [("built on", f"{getattr(config, field)}; {field} chooses another detector, {table} its parameters")]
