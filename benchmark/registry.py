"""Finds plugins and hands out what they offer; a broken plugin is a row in a table, never a crash."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import os
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


@dataclass(frozen=True, slots=True)
class _Offer(Generic[Spec]):
    plugin: str
    spec: Spec
    module: ModuleType | None


class Offers(Generic[Spec]):
    """All specs of one kind, by name, each with the plugin and the module that offers it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._offers: dict[str, list[_Offer[Spec]]] = {}

    def add(self, plugin: str, spec: Spec, module: ModuleType | None = None) -> None:
        """Take up a spec."""
        self._offers.setdefault(spec.name, []).append(_Offer(plugin, spec, module))

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
        return self._only(name).spec

    def plugin_of(self, name: str) -> str:
        """Return the plugin that offers a name."""
        return self._only(name).plugin

    def module_of(self, name: str) -> ModuleType | None:
        """Return the module that offers a name."""
        return self._only(name).module

    def all(self) -> list[tuple[str, Spec]]:
        """Return (plugin, spec) of everything on offer, conflicts included, sorted by name."""
        return [(offer.plugin, offer.spec) for name in self.names() for offer in self._offers[name]]

    def _only(self, name: str) -> _Offer[Spec]:
        offers = self._offers.get(name)
        if not offers:
            raise did_you_mean(self.kind, name, self._offers)
        if len(offers) > 1:
            plugins = " and ".join(sorted({repr(offer.plugin) for offer in offers}))
            raise PluginConflict(f"the {self.kind} {name!r} is offered twice, by {plugins}; uninstall one of them")
        return offers[0]


class Registry:
    """What is on offer here: the core's own specs and those of every plugin that could be loaded."""

    def __init__(self) -> None:
        self.detectors: Offers[DetectorSpec] = Offers("detector")
        self.datasets: Offers[DatasetSpec] = Offers("dataset")
        self.metrics: Offers[MetricSpec] = Offers("metric")
        self.observers: Offers[ObserverSpec] = Offers("observer")
        self.plugins: list[PluginRow] = []

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
            # Called one by one: pluggy's own call would drop the None of a forgotten `return`.
            offered = [
                (offers, _checked(hook, spec_type, implementation.function()))
                for hook, spec_type, offers in kinds
                for implementation in getattr(manager.hook, hook).get_hookimpls()
            ]
            for _, specs in offered:
                for spec in specs:
                    _check_defaults(spec)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
            self._refuse(name, distribution, error)
            return
        for offers, specs in offered:
            for spec in specs:
                offers.add(name, spec, module)
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
            if not _is_installed(package):
                cure = f"; run: pip install '{spec.install}'" if spec.install else ""
                raise MissingRequirement(f"detector {name!r} needs {package}, which is not installed here{cure}")

    def build_detector(self, name: str, config: Any) -> Detector:
        """Build a detector from its checked config."""
        self.require(name)
        detector = self.detectors[name].build(config)
        if not isinstance(detector, Detector):
            raise BadSpec(f"detector {name!r}: `build` returned {type(detector).__name__}, which is not a Detector")
        return detector

    def origin(self, detector: str) -> str:
        """Return the distribution that a detector's plugin came with, and its version."""
        plugin = self.detectors.plugin_of(detector)
        distribution = next((row.distribution for row in self.plugins if row.name == plugin), "")
        try:
            return f"{distribution} {importlib.metadata.version(distribution)}"
        except (importlib.metadata.PackageNotFoundError, ValueError):
            return distribution or plugin

    def forget_sources(self) -> None:
        """Read the plugins' files again when a source is next asked for: a notebook outlives many an edit."""
        _source.cache_clear()

    def source(self, detector: str) -> str:
        """Return the SHA-256 over the `.py` files of the plugin that offers a detector."""
        module = self.detectors.module_of(detector)
        if module is None or getattr(module, "__file__", None) is None:
            raise InvalidRequest(f"detector {detector!r} has no source file, so its results could not be told apart")
        return _source(module)


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


def _check_defaults(spec: Any) -> None:
    """Raise if what a spec says of its own defaults cannot be used: better at the door than in the middle of a run."""
    if not hasattr(spec, "config"):
        return
    try:
        json.dumps([parameter.default for parameter in parameters.describe(spec.config)], allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadSpec(f"{spec.name!r}: its config holds what JSON cannot ({error}); use plain values") from None
    if isinstance(spec, DetectorSpec):
        rules = spec.rules_of(spec.config())
        if not isinstance(rules, tuple) or not rules or len(set(rules)) < len(rules):
            raise BadSpec(f"detector {spec.name!r}: its rules must be a tuple of different names, not {rules!r}")
        if not isinstance(spec.framework_of(spec.config()), str):
            raise BadSpec(f"detector {spec.name!r}: `framework` must be, or give, a name")


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # of a dotted name the parent is imported, and may be missing itself
        return False


@functools.cache
def _source(module: ModuleType) -> str:
    files = _source_files(module)
    root = files[0].parent if len(files) == 1 else Path(os.path.commonpath(files))
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _source_files(module: ModuleType) -> list[Path]:
    """Return the `.py` files of the outermost package that a plugin's module is in, or the one file that it is.

    A namespace package is shared with strangers, and so is the folder of a module that is in no package.
    """
    parts = module.__name__.split(".")
    for depth in range(1, len(parts) + 1):
        outer = sys.modules.get(".".join(parts[:depth]), module)
        if hasattr(outer, "__path__") and outer.__file__ is not None:
            return sorted(Path(outer.__file__).parent.rglob("*.py"))
    return [Path(str(module.__file__))]
