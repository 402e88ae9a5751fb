"""Finds plugins and hands out what they offer; a broken plugin is a row in a table, never a crash."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

import pluggy

from benchmark import builtin, hookspecs, parameters
from benchmark.interfaces.detector import Detector
from benchmark.interfaces.errors import (
    BadSpec,
    InvalidRequest,
    MissingRequirement,
    PluginConflict,
    did_you_mean,
)
from benchmark.interfaces.specs import DatasetSpec, DetectorSpec, MetricSpec, ObserverSpec

__all__ = ["Offers", "PluginRow", "Registry", "build_detector", "registry"]

ENTRY_POINT_GROUP = "bench"

Spec = TypeVar("Spec", DetectorSpec, DatasetSpec, MetricSpec, ObserverSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRow:
    """A plugin that was found, and what became of it: `ok`, or `broken` with the error."""

    name: str
    summary: str
    distribution: str
    status: str
    error: str = ""


class Offers(Generic[Spec]):
    """All specs of one kind, by name, each with the plugin that offers it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._offers: dict[str, list[tuple[str, Spec]]] = {}

    def add(self, plugin: str, spec: Spec) -> None:
        """Take up a spec."""
        self._offers.setdefault(spec.name, []).append((plugin, spec))

    def names(self) -> list[str]:
        """Return the names on offer, sorted."""
        return sorted(self._offers)

    def __contains__(self, name: object) -> bool:
        return name in self._offers

    def __getitem__(self, name: str) -> Spec:
        """Return the spec.

        Raises
        ------
        UnknownName
            If nobody offers it.
        PluginConflict
            If more than one plugin does.
        """
        return self._only(name)[1]

    def plugin_of(self, name: str) -> str:
        """Return the plugin that offers a name."""
        return self._only(name)[0]

    def all(self) -> list[tuple[str, Spec]]:
        """Return (plugin, spec) of everything on offer, conflicts included, sorted by name."""
        return [offer for name in self.names() for offer in self._offers[name]]

    def _only(self, name: str) -> tuple[str, Spec]:
        offers = self._offers.get(name)
        if not offers:
            raise did_you_mean(self.kind, name, self._offers)
        if len(offers) > 1:
            plugins = " and ".join(repr(plugin) for plugin, _ in offers)
            raise PluginConflict(f"the plugins {plugins} both offer a {self.kind} {name!r}; uninstall one of them")
        return offers[0]


class Registry:
    """What is on offer here: the core's own specs and those of every plugin that could be loaded."""

    def __init__(self) -> None:
        self.detectors: Offers[DetectorSpec] = Offers("detector")
        self.datasets: Offers[DatasetSpec] = Offers("dataset")
        self.metrics: Offers[MetricSpec] = Offers("metric")
        self.observers: Offers[ObserverSpec] = Offers("observer")
        self.plugins: list[PluginRow] = []
        self._modules: dict[str, ModuleType] = {}

    @classmethod
    def discover(cls) -> Registry:
        """Load the core's specs and every distribution's entry points in the group `bench`."""
        found = cls()
        found.add("builtin", builtin, distribution="oneclass-bench")
        points = importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)
        for point in sorted(points, key=lambda point: point.name):
            distribution = point.dist.name if point.dist else ""
            try:
                module = point.load()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code may raise anything
                found._refuse(point.name, distribution, error)
            else:
                found.add(point.name, module, distribution=distribution)
        return found

    def add(self, name: str, module: ModuleType, *, distribution: str = "") -> None:
        """Take up a plugin; one that offers something wrong is refused whole, and listed as broken."""
        kinds: tuple[tuple[str, type, Offers[Any]], ...] = (
            ("bench_detectors", DetectorSpec, self.detectors),
            ("bench_datasets", DatasetSpec, self.datasets),
            ("bench_metrics", MetricSpec, self.metrics),
            ("bench_observers", ObserverSpec, self.observers),
        )
        # A manager of its own for each plugin: pluggy checks the signatures, and one that raises stops no other.
        manager = pluggy.PluginManager(ENTRY_POINT_GROUP)
        manager.add_hookspecs(hookspecs)
        try:
            manager.register(module, name)
            manager.check_pending()
            offered = [
                (offers, _checked(hook, spec_type, specs))
                for hook, spec_type, offers in kinds
                for specs in getattr(manager.hook, hook)()
            ]
        except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
            self._refuse(name, distribution, error)
            return
        for offers, specs in offered:
            for spec in specs:
                offers.add(name, spec)
        self._modules[name] = module
        summary = (module.__doc__ or "").strip().partition("\n")[0]
        self.plugins.append(PluginRow(name=name, summary=summary, distribution=distribution, status="ok"))

    def _refuse(self, name: str, distribution: str, error: BaseException) -> None:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        row = PluginRow(name=name, summary="", distribution=distribution, status="broken", error=said)
        self.plugins.append(row)

    def config(self, name: str, values: Mapping[str, Any], *, preset: str = "fast") -> Any:
        """Return the checked config of a detector: its defaults, the preset over them, `values` over that."""
        spec = self.detectors[name]
        chosen = spec.preset(preset)
        if chosen is None:
            raise did_you_mean(f"preset of detector {name!r}", preset, ["fast", *spec.presets])
        return parameters.resolve(spec.config, {**chosen, **values}, owner=f"detector {name!r}")

    def require(self, name: str) -> None:
        """Raise MissingRequirement if a detector needs a package that is not installed."""
        spec = self.detectors[name]
        for package in spec.requires:
            if importlib.util.find_spec(package) is None:
                cure = f"; run: pip install '{spec.install}'" if spec.install else ""
                raise MissingRequirement(f"detector {name!r} needs {package}, which is not installed here{cure}")

    def build_detector(self, name: str, config: Any) -> Detector:
        """Build a detector from its checked config."""
        self.require(name)
        detector = self.detectors[name].build(config)
        if not isinstance(detector, Detector):
            raise BadSpec(f"detector {name!r}: `build` returned {type(detector).__name__}, which is not a Detector")
        return detector

    def source(self, detector: str) -> str:
        """Return the SHA-256 over the `.py` files of the plugin that offers a detector."""
        return _source(self._modules[self.detectors.plugin_of(detector)])

    def sources(self) -> dict[str, str]:
        """Return plugin -> SHA-256 of its source, as it is when this is first called."""
        return {name: _source(module) for name, module in self._modules.items()}


@functools.cache
def registry() -> Registry:
    """Return this process's registry, discovered once."""
    return Registry.discover()


def build_detector(name: str, params: Mapping[str, Any] | None = None) -> Detector:
    """Build a detector by name, with parameters as on the command line: plain values, checked.

    Examples
    --------
    >>> detector = build_detector("pca", {"explained_variance": 0.9})
    """
    known = registry()
    return known.build_detector(name, known.config(name, params or {}))


def _checked(hook: str, spec_type: type, specs: Any) -> list[Any]:
    if not isinstance(specs, Iterable):
        raise BadSpec(f"{hook} must return a list of {spec_type.__name__}; it returned {type(specs).__name__}")
    checked: list[Any] = list(specs)
    for spec in checked:
        if not isinstance(spec, spec_type):
            raise BadSpec(f"{hook} must return a list of {spec_type.__name__}; it holds a {type(spec).__name__}")
    return checked


@functools.cache
def _source(module: ModuleType) -> str:
    if module.__file__ is None:
        raise InvalidRequest(f"plugin {module.__name__!r} has no source file, so its results could not be told apart")
    file = Path(module.__file__)
    # A plugin is a package, or one module; its top-level folder then holds strangers' files too.
    top = sys.modules[module.__name__.partition(".")[0]]
    package = Path(top.__file__).parent if top.__file__ and hasattr(top, "__path__") else None
    files = sorted(package.rglob("*.py")) if package else [file]
    digest = hashlib.sha256()
    for path in files:
        name = path.relative_to(package).as_posix() if package else path.name
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
