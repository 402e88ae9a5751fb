"""A job: a trial and what else its worker needs; no id depends on the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmark.interfaces.outcome import TaskFacts
from benchmark.interfaces.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A trial on its way to a worker.

    Attributes
    ----------
    source : str
        Hash of the detector's code as the coordinator finds it.
    gpu : int or None
        Which GPU of the machine; the trial itself knows only that it is one.
    origin : mapping
        Provenance that the coordinator knows: command, revision, versions.
    """

    trial: Trial
    task: TaskFacts
    source: str
    gpu: int | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)
