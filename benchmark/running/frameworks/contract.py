"""What the harness must know of a framework: one value, which each module beside this one defines as `FRAMEWORK`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework that detectors compute with; one that nothing is known of (`numpy`) needs nothing.

    Attributes
    ----------
    name : str
        As `DetectorSpec.framework` gives it.
    environment : mapping of str to str
        Variables that a worker process must start with: they are read when the library loads.
    load : callable
        threads -> None: imports it, gives it its threads, makes its operations deterministic. Once a process.
    seed : callable
        seed -> None: seeds its global generators, and forgets what an earlier trial left in its state.
    packages : mapping of str to (tuple of str)
        Import name -> the distributions that it may come from: what is heavy to load, and whose versions are kept.
    extra : str
        The extra of this project that installs it.
    seeders : tuple of str
        Functions, as `module.function`, that seed a global generator: no detector may call them.
    """

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    load: Callable[[int], None] = lambda threads: None  # noqa: ARG005
    seed: Callable[[int], None] = lambda seed: None  # noqa: ARG005
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: str = ""
    seeders: tuple[str, ...] = ()
