"""A trial: one detector with one set of parameters on one task with one seed, and its id."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

__all__ = ["Trial", "canonical_json"]


@dataclass(frozen=True, kw_only=True)  # no slots, since the id is cached
class Trial:
    """The definition of a trial. Every field is hashed into the id, so names and values must not change.

    A field that is added later must have a default: the value that reproduces the earlier behaviour. At that value it
    is left out of the plain values, so the ids of earlier trials stay the same.

    Attributes
    ----------
    detector, detector_version : str
        Name and version of the detector.
    framework : str
        The framework of the worker: `numpy`, `sklearn`, `keras`, `torch`.
    params : mapping
        Plain values of every field of the config.
    rules : tuple of str
        The rules that `score` returns with these parameters; the first is the primary one.
    dataset, fingerprint : str
        Name and fingerprint of the dataset.
    task : str
        The task within the dataset: a normal class, such as `3` or `t_shirt`.
    seed : int
        With the fingerprint and the task it determines every random choice; see `running.streams`.
    validation : float
        Share of the normal class's training images that is held out as validation images, in [0, 0.9].
    validation_only : bool
        Whether the metrics are computed on the validation images; no test image is then used.
    threads : int
        The number of CPU threads.
    device : str
        `cpu` or `cuda`.
    semantics : int
        The version of the protocol, `running.plan.SEMANTICS`.
    """

    detector: str
    detector_version: str
    framework: str
    params: Mapping[str, Any]
    rules: tuple[str, ...]
    dataset: str
    fingerprint: str
    task: str
    seed: int
    validation: float
    validation_only: bool
    threads: int
    device: str
    semantics: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(self.rules))  # JSON has only lists

    @functools.cached_property
    def id(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(canonical_json(self.to_plain()).encode()).hexdigest()

    @property
    def primary_rule(self) -> str:
        """The rule that ranks the trial."""
        return self.rules[0]

    @property
    def judged_on(self) -> str:
        """The name of the set that the metrics are computed on: `test` or `validation`."""
        return "validation" if self.validation_only else "test"

    def to_plain(self) -> dict[str, Any]:
        """Return the fields as plain values, without optional ones at their default; `Trial(**plain)` is equal."""
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default or field.default is MISSING
        }

    def __str__(self) -> str:
        return f"{self.detector} {self.dataset}/{self.task} seed {self.seed}"


def canonical_json(value: Any) -> str:
    """Return the canonical JSON of a plain value: keys sorted, no spaces.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
