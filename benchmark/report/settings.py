"""The short text that tells a row from others of the same detector: what is not as usual."""

from __future__ import annotations

import json
import re
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
    try:
        texts |= registry.changed(trial.detector, trial.params)
    except (UnknownName, PluginConflict):
        texts |= trial.params
    try:
        texts |= parameters.changed(registry.datasets[trial.dataset].config, task.options)
    except (UnknownName, PluginConflict):
        texts |= task.options
    usual = {"validation": protocol.VALIDATION_SHARE, "threads": 1, "device": "cpu"}
    texts |= {name: getattr(trial, name) for name, value in usual.items() if getattr(trial, name) != value}
    if task.label not in ("", "official"):
        texts["data"] = task.label
    return assigned(texts)


def assigned(values: Mapping[str, Any]) -> str:
    """Return `latent_dim=8, weight=0.1`, as `--set` would have it.

    Examples
    --------
    >>> assigned({"encoder": "ocvae", "encoder_parameters": {"latent": "spatial", "filters": [8, 16]}})
    'encoder=ocvae, encoder_parameters={filters=[8,16],latent="spatial"}'
    """
    return ", ".join(f"{name}={_short(value)}" for name, value in values.items())


def _short(value: Any) -> str:
    return value if isinstance(value, str) else _toml(value)


def _toml(value: Any) -> str:
    """Return a plain value as one word of TOML; `null`, which TOML lacks, as JSON has it."""
    if isinstance(value, Mapping):
        # Sorted: one table has one text, by which a row can be picked.
        return f"{{{','.join(f'{_key(key)}={_toml(item)}' for key, item in sorted(value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_toml, value))}]"
    return json.dumps(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
