"""The description of a framework; each other module of this package defines one as `FRAMEWORK`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework that detectors compute with; `numpy`, for example, needs no preparation.

    Attributes
    ----------
    name : str
        As `DetectorSpec.framework` gives it.
    environment : mapping of str to str
        Environment variables of a worker process; the library reads them when it loads.
    load : callable
        threads -> None: imports it, sets its threads, makes its operations deterministic. Called once in a process.
    seed : callable
        seed -> None: seeds its global generators, and clears the state of an earlier trial.
    packages : mapping of str to (tuple of str)
        Import name -> the distributions that it may come from; they are heavy to load, and their versions are stored.
    device_name : callable
        () -> str: the name of the GPU that it computes on; called once it is loaded, in a process with a GPU.
    extra : str
        The extra of this project that installs it.
    seeders : tuple of str
        Functions, as `module.function`, that seed a global generator; detectors must not call them.
    """

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    load: Callable[[int], None] = lambda threads: None  # noqa: ARG005
    seed: Callable[[int], None] = lambda seed: None  # noqa: ARG005
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    device_name: Callable[[], str] = lambda: ""
    extra: str = ""
    seeders: tuple[str, ...] = ()
