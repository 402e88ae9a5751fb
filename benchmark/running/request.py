"""A request: detectors, datasets, classes and seeds, before they are planned as trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmark.interfaces.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorChoice:
    """A detector by name, a preset, and plain values that replace those of the preset."""

    name: str
    preset: str = "fast"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetChoice:
    """A dataset by name, and plain values for its options."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which detectors to run on which datasets, classes and seeds.

    Attributes
    ----------
    classes : str
        The normal classes: names, indices and ranges of indices (`0,3`, `0-9`, `t_shirt,bag`); empty for all.
    validation : float or None
        Share of the training images held out, in [0, 0.9]; None: that of the preset.
    validation_only : bool
        Measure on the held-out images and use no test image.
    gpu : int or None
        The number of a GPU to compute on; None: the CPU.
    """

    detectors: tuple[DetectorChoice, ...]
    datasets: tuple[DatasetChoice, ...]
    classes: str = ""
    seeds: tuple[int, ...] = (0,)
    validation: float | None = None
    validation_only: bool = False
    threads: int = 1
    gpu: int | None = None

    def __post_init__(self) -> None:
        for seed in self.seeds:
            if not 0 <= seed < 2**32:
                raise InvalidRequest(f"a seed must be a whole number from 0 to {2**32 - 1}; not {seed}")
        if self.validation is not None and not 0 <= self.validation <= 0.9:
            raise InvalidRequest(f"the validation share must be between 0 and 0.9; not {self.validation}")
        if self.threads < 1:
            raise InvalidRequest(f"a trial needs at least one thread; not {self.threads}")
