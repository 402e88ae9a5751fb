"""The short text that tells a row from others of the same detector: what is not as usual."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchmark import parameters, protocol
from benchmark.interfaces.errors import PluginConflict, UnknownName
from benchmark.registry import Registry
from benchmark.trial import TaskFacts, Trial

__all__ = ["assigned", "settings_text"]


def settings_text(trial: Trial, task: TaskFacts, registry: Registry) -> str:
    """Return `latent_dim=8, threads=2`: parameters off their defaults, protocol options off theirs.

    All parameters are named where no one detector of that name is installed: its defaults are then unknown.
    """
    texts: dict[str, Any] = {}
    for name, values, offers in (
        (trial.detector, trial.params, registry.detectors),
        (trial.dataset, task.options, registry.datasets),
    ):
        try:
            texts |= parameters.changed(offers[name].config, values)
        except (UnknownName, PluginConflict):
            texts |= values
    usual = {"validation": protocol.VALIDATION_SHARE, "threads": 1, "device": "cpu"}
    texts |= {name: getattr(trial, name) for name, value in usual.items() if getattr(trial, name) != value}
    if task.label not in ("", "official"):
        texts["data"] = task.label
    return assigned(texts)


def assigned(values: Mapping[str, Any]) -> str:
    """Return `latent_dim=8, weight=0.1`, as `--set` would have it."""
    return ", ".join(f"{name}={_short(value)}" for name, value in values.items())


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
