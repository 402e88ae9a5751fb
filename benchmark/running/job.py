"""A job: a trial, and what its worker needs in addition. Ids depend on the trial only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmark.interfaces.outcome import TaskFacts
from benchmark.interfaces.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A trial to be run by a worker.

    Attributes
    ----------
    source : str
        Hash of the detector's code, computed by the coordinator.
    gpu : int or None
        The number of the GPU; None: the CPU. The number is not part of the trial; its `device` is only `cuda`.
    origin : mapping
        Provenance from the coordinator: command, revision, versions.
    """

    trial: Trial
    task: TaskFacts
    source: str
    gpu: int | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)
