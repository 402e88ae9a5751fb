"""The values of an outcome that are not at their defaults, which distinguish rows of a detector, and their text."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from benchmark.interfaces.errors import PluginConflict, UnknownName
from benchmark.interfaces.outcome import TaskFacts
from benchmark.interfaces.trial import Trial
from benchmark.registry import Registry, parameters
from benchmark.running.plan import VALIDATION_SHARE


def non_default(trial: Trial, task: TaskFacts, registry: Registry) -> dict[str, Any]:
    """Return the parameters off their defaults and the protocol options off theirs, as plain values.

    If not exactly one detector of that name is installed, its defaults are unknown and all parameters are returned.
    """
    values: dict[str, Any] = {}
    try:
        values |= registry.changed(trial.detector, trial.params)
    except (UnknownName, PluginConflict):
        values |= trial.params
    try:
        values |= parameters.changed(registry.datasets[trial.dataset].config, task.options)
    except (UnknownName, PluginConflict):
        values |= task.options
    usual = {"validation": VALIDATION_SHARE, "threads": 1, "device": "cpu"}
    values |= {name: getattr(trial, name) for name, value in usual.items() if getattr(trial, name) != value}
    if task.variant not in ("", "official"):
        values["data"] = task.variant
    return values


def assignments(values: Mapping[str, Any], *, separator: str = ", ") -> str:
    """Return `latent_dim=8, weight=0.1`, each value as `--set` reads it.

    Examples
    --------
    >>> assignments({"encoder": "ocvae", "encoder_parameters": {"latent": "spatial", "filters": [8, 16]}})
    'encoder=ocvae, encoder_parameters={filters=[8,16],latent="spatial"}'
    >>> assignments({"number": 1, "text": "1", "list": "a, b"})
    'number=1, text="1", list="a, b"'
    """
    return separator.join(f"{name}={value_text(value)}" for name, value in values.items())


def value_text(value: Any) -> str:
    """Return a value as `--set` reads it: a text has quotation marks where it would be read as something else."""
    return value if isinstance(value, str) and _is_bare(value) else _toml(value)


def _is_bare(text: str) -> bool:
    if not text or text != text.strip() or set(text) & set(",\"'[]{}") or text == "null":
        return False
    for read in (float, lambda text: tomllib.loads(f"value = {text}")):
        try:
            read(text)
        except ValueError:
            continue
        return False
    return True


def _toml(value: Any) -> str:
    """Return a plain value as one word of TOML; `null`, which TOML lacks, as JSON has it."""
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{_key(key)}={_toml(item)}' for key, item in sorted(value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_toml, value))}]"
    return json.dumps(value, default=str)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
