"""The registry: loads the plugins, rejects those with wrong offers, and resolves detectors."""

from __future__ import annotations

import functools
import importlib.metadata
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pluggy

from benchmark.interfaces import hooks
from benchmark.interfaces.detector import Detector
from benchmark.interfaces.errors import BadSpec
from benchmark.interfaces.specs import CommandSpec, DatasetSpec, DetectorSpec, MetricSpec, ObserverSpec
from benchmark.registry import parameters
from benchmark.registry.catalogue import Catalogue, Offer
from benchmark.registry.resolved import ResolvedDetector, changed, resolve, resolve_params
from benchmark.registry.source_hash import source_of

ENTRY_POINT_GROUP = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRow:
    """An installed plugin and its status: `ok`, or `broken` with the error."""

    name: str
    summary: str
    distribution: str
    status: str
    error: str = ""


class Registry:
    """The specs of all plugins that could be loaded, including those of the core."""

    def __init__(self) -> None:
        self.detectors: Catalogue[DetectorSpec] = Catalogue("detector")
        self.datasets: Catalogue[DatasetSpec] = Catalogue("dataset")
        self.metrics: Catalogue[MetricSpec] = Catalogue("metric")
        self.observers: Catalogue[ObserverSpec] = Catalogue("observer")
        self.commands: Catalogue[CommandSpec] = Catalogue("command")
        self.plugins: list[PluginRow] = []

    @classmethod
    def discover(cls, *, only_commands: bool = False) -> Registry:
        """Load every distribution's entry points in the group `bench`.

        Parameters
        ----------
        only_commands : bool
            Call the hook `bench_commands` and no other, so that nothing is loaded that only other offers need.
        """
        known = cls()
        points = importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)
        for point in sorted(points, key=lambda point: point.name):
            if only_commands and point.value.startswith("benchmark."):
                continue  # the core's own metrics and observers: no commands, but numpy
            distribution = point.dist.name if point.dist else ""
            try:
                module = point.load()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
                known._refuse(point.name, distribution, error)
            else:
                known.add(point.name, module, distribution=distribution, only_commands=only_commands)
        return known

    def add(self, name: str, module: ModuleType, *, distribution: str = "", only_commands: bool = False) -> None:
        """Add what a plugin offers; if any of it is wrong, nothing is added, and the plugin is listed as broken."""
        kinds: list[tuple[str, type, Catalogue[Any]]] = [("bench_commands", CommandSpec, self.commands)]
        if not only_commands:
            kinds += [
                ("bench_detectors", DetectorSpec, self.detectors),
                ("bench_datasets", DatasetSpec, self.datasets),
                ("bench_metrics", MetricSpec, self.metrics),
                ("bench_observers", ObserverSpec, self.observers),
            ]
        # Each plugin has its own manager: pluggy checks the signatures, and a plugin that raises stops no other.
        manager = pluggy.PluginManager(ENTRY_POINT_GROUP)
        manager.add_hookspecs(hooks)
        try:
            manager.register(module, name)
            manager.check_pending()
            # Called one by one, since pluggy's own call drops the None of a forgotten `return`.
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
                offers.add(Offer(spec=spec, plugin=name, distribution=distribution, module=module))
        summary = (module.__doc__ or "").strip().partition("\n")[0]
        self.plugins.append(PluginRow(name=name, summary=summary, distribution=distribution, status="ok"))

    def _refuse(self, name: str, distribution: str, error: BaseException) -> None:
        message = " ".join(f"{type(error).__name__}: {error}".split())
        row = PluginRow(name=name, summary="", distribution=distribution, status="broken", error=message)
        self.plugins.append(row)

    def forget_sources(self) -> None:
        """Read the files of plugins again when a source is next needed: a user may edit them while a notebook runs."""
        source_of.cache_clear()

    def resolve(self, name: str, values: Mapping[str, Any], *, preset: str = "fast") -> ResolvedDetector:
        """Return a detector with the values that follow from its parameters; see `registry.resolved.resolve`.

        Raises
        ------
        BenchError
            If there is no such detector or preset, or a value is wrong.
        """
        return resolve(self.detectors, name, values, preset=preset)

    def resolve_params(self, name: str, params: Mapping[str, Any]) -> ResolvedDetector:
        """Return the detector of a trial; see `registry.resolved.resolve_params`."""
        return resolve_params(self.detectors, name, params)

    def changed(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the plain `values` of a detector that differ from its defaults, or from those of its encoder."""
        return changed(self.detectors, name, values)


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
    return registry().resolve(name, params or {}).build()


def _checked(hook: str, spec_type: type, specs: Any) -> list[Any]:
    if not isinstance(specs, Iterable):
        raise BadSpec(f"{hook} must return a list of {spec_type.__name__}; it returned {type(specs).__name__}")
    checked: list[Any] = list(specs)
    for spec in checked:
        if not isinstance(spec, spec_type):
            raise BadSpec(f"{hook} must return a list of {spec_type.__name__}; it holds a {type(spec).__name__}")
    return checked


def _check_defaults(spec: Any) -> None:
    """Raise if the defaults of a spec cannot be used, so that the plugin is rejected when it is loaded."""
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
        # With another encoder, a default that is not empty would set parameters that the encoder may not have.
        if table.type != "table" or table.default != {}:
            raise BadSpec(f"{owner}: {table.name} must be a Mapping[str, Any], and its default empty")
