"""`bench list`: the detectors, datasets, metrics, observers, commands and plugins that are installed."""

from __future__ import annotations

import json
from typing import Any

import click

from benchmark.cli.commands import conflict

KINDS = ("detectors", "datasets", "metrics", "observers", "commands", "plugins")


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(kind: str, form: str) -> None:
    """Show the detectors, datasets, metrics, observers, commands or plugins that are installed.

    `commands` are those that plugins add to bench.
    """
    from benchmark.registry import registry

    known = registry()
    rows = _plugins(known) if kind == "plugins" else _offers(known, kind)
    if form == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from tabulate import tabulate

    header = list(dict.fromkeys(key for row in rows for key in row if key != "parameters"))
    table = [[_cell(row.get(key, "")) for key in header] for row in rows]
    click.echo(tabulate(table, header, disable_numparse=True))


def _offers(known: Any, kind: str) -> list[dict[str, Any]]:
    rows = []
    catalogues = {
        "detectors": known.detectors,
        "datasets": known.datasets,
        "metrics": known.metrics,
        "observers": known.observers,
        "commands": known.commands,
    }
    for offer in catalogues[kind].all():
        spec = offer.spec
        row: dict[str, Any] = {"name": spec.name, "summary": spec.summary}
        if kind == "detectors":
            row |= _detector(known, spec)
        if kind == "datasets":
            row["licence"] = spec.licence
        if kind == "metrics":
            row["better"] = "higher" if spec.higher_is_better else "lower"
            row["chance"] = spec.chance
            row["version"] = spec.version
        row["plugin"] = offer.plugin
        if kind == "commands":
            row["error"] = conflict(spec.name, known)
        rows.append(row)
    return rows


def _detector(known: Any, spec: Any) -> dict[str, Any]:
    from benchmark.registry.parameters import describe
    from benchmark.reports.detector_page import at_defaults

    parameters = describe(spec.config)
    # Rules and framework may follow from the config; what is listed is what the defaults give.
    config, framework, _ = at_defaults(known, spec)
    return {
        "rules": list(spec.rules_of(config)),
        "presets": ["fast", *spec.presets],
        "framework": framework or "unknown",
        "parameters": [
            {"name": p.name, "type": p.type, "default": p.default, "bounds": p.bounds, "doc": p.doc} for p in parameters
        ],
    }


def _plugins(known: Any) -> list[dict[str, Any]]:
    return [
        {"name": p.name, "status": p.status, "summary": p.summary, "distribution": p.distribution, "error": p.error}
        for p in known.plugins
    ]


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
