"""The registry: loads every plugin, refuses those that offer something wrong, answers what a detector needs."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pluggy

from benchmark import builtin, hookspecs, parameters
from benchmark.interfaces.detector import Detector
from benchmark.interfaces.errors import BadSpec, BenchError, InvalidRequest, MissingRequirement, did_you_mean
from benchmark.interfaces.specs import DatasetSpec, DetectorSpec, MetricSpec, ObserverSpec
from benchmark.registry import built_on
from benchmark.registry.offers import Offers
from benchmark.registry.sources import source_of

__all__ = ["PluginRow", "Registry", "build_detector", "registry"]

ENTRY_POINT_GROUP = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRow:
    """A plugin that was found, and what became of it: `ok`, or `broken` with the error."""

    name: str
    summary: str
    distribution: str
    status: str
    error: str = ""


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
        """Return the checked config of a detector: its defaults, the preset over them, `values` over that.

        Of one that is built on another, the other's parameters are checked too, and all of them are in it.
        """
        spec = self.detectors[name]
        chosen = spec.preset(preset)
        if chosen is None:
            raise did_you_mean(f"preset of detector {name!r}", preset, ["fast", *spec.presets])
        owner = f"detector {name!r}"
        try:
            return built_on.resolve(self.detectors, spec, {**chosen, **values}, owner=owner)
        except BenchError as error:
            if spec.built_on is None:
                raise
            field, table = spec.built_on
            of_other = str(error).startswith(f"{owner}, {field} ")
            if not of_other or field not in values or table in values or table not in chosen:
                raise
            # Whoever asked has not spelt out what is refused.
            cure = f"{table} is that of the preset {preset!r}: with another {field}, set it too"
            raise type(error)(f"{error}; {cure}") from None

    def changed(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of a detector's plain `values` that differ from its defaults, or from its encoder's."""
        return built_on.changed(self.detectors, self.detectors[name], values)

    def framework_of(self, name: str, config: Any) -> str:
        """Return the framework that a detector needs under this config: that of what it is built on, if it is."""
        *_, last = built_on.chain(self.detectors, name, config)
        return last.spec.framework_of(last.config)

    def requirements(self, name: str, config: Any) -> tuple[str, ...]:
        """Return the import names that must be there for a detector, and for what it is built on."""
        links = built_on.chain(self.detectors, name, config)
        return tuple(dict.fromkeys(package for link in links for package in link.spec.requires_of(link.config)))

    def require(self, name: str, config: Any) -> None:
        """Raise MissingRequirement if a detector, or what it is built on, needs a package that is not installed."""
        for link in built_on.chain(self.detectors, name, config):
            for package in link.spec.requires_of(link.config):
                if not _is_installed(package):
                    cure = f"; run: pip install '{link.spec.install}'" if link.spec.install else ""
                    raise MissingRequirement(f"{link.owner} needs {package}, which is not installed here{cure}")

    def build_detector(self, name: str, config: Any) -> Detector:
        """Build a detector from its checked config."""
        self.require(name, config)
        detector = self.detectors[name].build(config)
        if not isinstance(detector, Detector):
            raise BadSpec(f"detector {name!r}: `build` returned {type(detector).__name__}, which is not a Detector")
        return detector

    def version_of(self, name: str, params: Mapping[str, Any]) -> str:
        """Return the version of a detector, and of what it is built on: `1 on vae 2`.

        Here and below, `params` are the resolved plain parameters that a trial has.
        """
        first, *others = built_on.specs(self.detectors, name, params)
        return " on ".join([first.version, *(f"{spec.name} {spec.version}" for spec in others)])

    def origin(self, name: str, params: Mapping[str, Any]) -> str:
        """Return the distribution that a detector's plugin came with, and its version; its encoder's too."""
        specs = built_on.specs(self.detectors, name, params)
        return ", ".join(dict.fromkeys(self._distribution(spec.name) for spec in specs))

    def _distribution(self, detector: str) -> str:
        plugin = self.detectors.plugin_of(detector)
        distribution = next((row.distribution for row in self.plugins if row.name == plugin), "")
        try:
            return f"{distribution} {importlib.metadata.version(distribution)}"
        except (importlib.metadata.PackageNotFoundError, ValueError):
            return distribution or plugin

    def forget_sources(self) -> None:
        """Read the plugins' files again when a source is next asked for: a notebook outlives many an edit."""
        source_of.cache_clear()

    def source(self, name: str, params: Mapping[str, Any]) -> str:
        """Return the SHA-256 over the `.py` files of the plugin that offers a detector.

        Of one that is built on another detector of another plugin: over what that would be of each.
        """
        specs = built_on.specs(self.detectors, name, params)
        first, *others = dict.fromkeys(self._source(spec.name) for spec in specs)
        return hashlib.sha256("\0".join([first, *others]).encode()).hexdigest() if others else first

    def _source(self, detector: str) -> str:
        module = self.detectors.module_of(detector)
        if module is None or getattr(module, "__file__", None) is None:
            raise InvalidRequest(f"detector {detector!r} has no source file, so its results could not be told apart")
        return source_of(module)


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
    described = {parameter.name: parameter for parameter in parameters.describe(spec.config)}
    try:
        json.dumps([parameter.default for parameter in described.values()], allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadSpec(f"{spec.name!r}: its config holds what JSON cannot ({error}); use plain values") from None
    if not isinstance(spec, DetectorSpec):
        return
    owner, config = f"detector {spec.name!r}", spec.config()
    rules, requires = spec.rules_of(config), spec.requires_of(config)
    if not isinstance(rules, tuple) or not rules or len(set(rules)) < len(rules):
        raise BadSpec(f"{owner}: its rules must be a tuple of different names, not {rules!r}")
    if not isinstance(requires, tuple) or not all(isinstance(package, str) for package in requires):
        raise BadSpec(f"{owner}: `requires` must be, or give, a tuple of names, not {requires!r}")
    if not isinstance(spec.framework_of(config), str):
        raise BadSpec(f"{owner}: `framework` must be, or give, a name")
    if spec.built_on is not None:
        field, table = (described[name] for name in spec.built_on)
        if not isinstance(field.default, str):
            raise BadSpec(f"{owner}: the default of {field.name} must name a detector")
        # A default that is not empty would be in the way of every other detector's parameters.
        if table.type != "table" or table.default != {}:
            raise BadSpec(f"{owner}: {table.name} must be a Mapping[str, Any], and its default empty")


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # of a dotted name the parent is imported, and may be missing itself
        return False
