"""Detectors with their requested parameters: one choice for each combination of swept values."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.interfaces.errors import InvalidRequest, UnknownName, did_you_mean
from benchmark.running.request import DetectorChoice


def combinations(sweeps: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return every combination of the swept values; the last key varies fastest."""
    return [dict(zip(sweeps, values, strict=True)) for values in itertools.product(*sweeps.values())]


def detector_choices(
    names: Sequence[str], preset: str, settings: Mapping[str, Sequence[Any]]
) -> tuple[DetectorChoice, ...]:
    """Return a choice for each detector and each combination of values.

    Parameters
    ----------
    settings : mapping of str to sequence
        Key -> the values to try. A key applies to every detector; `DETECTOR.KEY` applies to that one only.

    Examples
    --------
    >>> [choice.values for choice in detector_choices(["vae"], "fast", {"epochs": [5], "weight": [0.1, 0.5]})]
    [{'epochs': 5, 'weight': 0.1}, {'epochs': 5, 'weight': 0.5}]
    """
    swept: dict[str, dict[str, Sequence[Any]]] = {name: {} for name in names}
    for key, values in settings.items():
        owner, dot, own_key = key.partition(".")
        if dot and owner not in swept:
            unknown = did_you_mean("detector of this run", owner, swept)
            raise UnknownName(f"{unknown}; set the whole table: {owner}={{{own_key}=...}}")
        for name in [owner] if dot else swept:
            if (own_key if dot else key) in swept[name]:
                raise InvalidRequest(f"{key} is set twice; to try both values write {key}=A,B")
            swept[name][own_key if dot else key] = values
    return tuple(
        DetectorChoice(name=name, preset=preset, values=values)
        for name, sweeps in swept.items()
        for values in combinations(sweeps)
    )
