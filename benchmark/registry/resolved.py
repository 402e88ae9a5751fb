"""A detector with everything that follows from its parameters, computed once.

One that is built on another (`DetectorSpec.built_on`) takes the other's framework, and adds its own packages, version
and source to the other's.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.interfaces.detector import Detector
from benchmark.interfaces.errors import (
    BadSpec,
    BenchError,
    InvalidRequest,
    MissingRequirement,
    PluginConflict,
    UnknownName,
    did_you_mean,
)
from benchmark.interfaces.specs import DetectorSpec
from benchmark.registry import parameters
from benchmark.registry.catalogue import Catalogue, Offer
from benchmark.registry.source_hash import source_of


@dataclass(frozen=True, slots=True)
class Layer:
    """A detector under its checked config, among those of which each is built on the next.

    Attributes
    ----------
    owner : str
        Whose parameters these are, for messages: "detector 'hybrid', encoder 'vae'".
    """

    owner: str
    offer: Offer[DetectorSpec]
    config: Any

    @property
    def spec(self) -> DetectorSpec:
        """The spec that the plugin offers."""
        return self.offer.spec

    @property
    def source(self) -> str:
        """Hash of the code that the detector is made of."""
        module = self.offer.module
        if module is None or getattr(module, "__file__", None) is None:
            raise InvalidRequest(
                f"detector {self.spec.name!r} has no source file, so its results could not be told apart"
            )
        return source_of(module, self.offer.distribution)

    @property
    def distribution(self) -> str:
        """The distribution that the detector comes from, with its version."""
        try:
            return f"{self.offer.distribution} {importlib.metadata.version(self.offer.distribution)}"
        except (importlib.metadata.PackageNotFoundError, ValueError):
            return self.offer.distribution or self.offer.plugin

    def check_installed(self) -> None:
        """Raise MissingRequirement if a package that this layer needs is not installed."""
        for package in self.spec.requires_of(self.config):
            if not _is_installed(package):
                fix = f"; run: pip install '{self.spec.install}'" if self.spec.install else ""
                raise MissingRequirement(f"{self.owner} needs {package}, which is not installed here{fix}")


@dataclass(frozen=True, slots=True)
class ResolvedDetector:
    """A detector under one set of parameters.

    Attributes
    ----------
    layers : tuple of Layer
        The detector, what it is built on, what that is built on, and so on.
    validation : float or None
        Share of the training images that the preset holds out; None: as usual.
    params : mapping
        The config's fields as plain values: what a trial keeps and its id hashes.
    rules : tuple of str
        The first is the primary one.
    version : str
        `1`, or `1 on vae 2` of a detector that is built on another.
    framework : str
        What its worker must serve.
    requirements : tuple of str
        Import names of the packages that must be there.
    origin : str
        The distributions that they come from, with their versions.
    """

    layers: tuple[Layer, ...]
    validation: float | None
    params: Mapping[str, Any]
    rules: tuple[str, ...]
    version: str
    framework: str
    requirements: tuple[str, ...]
    origin: str

    @classmethod
    def of(cls, layers: tuple[Layer, ...], validation: float | None) -> ResolvedDetector:
        """Compute what follows from the layers."""
        first, *others = layers
        return cls(
            layers=layers,
            validation=validation,
            params=parameters.plain(first.config),
            rules=first.spec.rules_of(first.config),
            version=" on ".join([first.spec.version, *(f"{each.spec.name} {each.spec.version}" for each in others)]),
            framework=layers[-1].spec.framework_of(layers[-1].config),
            requirements=tuple(dict.fromkeys(p for each in layers for p in each.spec.requires_of(each.config))),
            origin=", ".join(dict.fromkeys(each.distribution for each in layers)),
        )

    @property
    def spec(self) -> DetectorSpec:
        """The spec that the plugin offers."""
        return self.layers[0].spec

    @property
    def name(self) -> str:
        """The detector's name."""
        return self.spec.name

    @property
    def config(self) -> Any:
        """The checked config."""
        return self.layers[0].config

    @property
    def source(self) -> str:
        """Hash of the code that the detector, and what it is built on, is made of.

        Raises
        ------
        InvalidRequest
            If one of them has no source file.
        """
        return _joined(list(dict.fromkeys(layer.source for layer in self.layers)))

    def check_installed(self) -> None:
        """Raise MissingRequirement if a package that is needed is not installed."""
        for layer in self.layers:
            layer.check_installed()

    def build(self) -> Detector:
        """Return a new detector, not fitted yet.

        Raises
        ------
        MissingRequirement
            If a package that it needs is not installed.
        BadSpec
            If the spec builds something else than a detector.
        """
        self.check_installed()
        detector = self.spec.build(self.config)
        if not isinstance(detector, Detector):
            raise BadSpec(
                f"detector {self.name!r}: `build` returned {type(detector).__name__}, which is not a Detector"
            )
        return detector


def resolve(
    detectors: Catalogue[DetectorSpec], name: str, values: Mapping[str, Any], *, preset: str = "fast"
) -> ResolvedDetector:
    """Resolve a detector: its defaults, the preset over them, `values` over that; all checked.

    Of one that is built on another, the other's parameters are checked too, and all of them are in its table. So it
    makes no difference whether a table spells out a default, and a default that changes makes another trial.

    Raises
    ------
    BenchError
        If a value is wrong, here or in what it is built on, or there is no such detector or preset; `owner` says whose.
    """
    offer = detectors.offer(name)
    spec, owner = offer.spec, f"detector {name!r}"
    chosen = spec.preset(preset)
    if chosen is None:
        raise did_you_mean(f"preset of {owner}", preset, ["fast", *spec.presets])
    try:
        layers = _layers(detectors, Layer(owner, offer, None), {**chosen.values, **values})
    except BenchError as error:
        if spec.built_on is None:
            raise
        field, table = spec.built_on
        is_of_other = error.owner not in (owner, f"{owner}, {field}")
        if not is_of_other or field not in values or table in values or table not in chosen.values:
            raise
        # The rejected value came from the preset, not from the user.
        hint = f"{table} is that of the preset {preset!r}: with another {field}, set it too"
        raise type(error)(f"{error.message}; {hint}", owner=error.owner) from None
    return ResolvedDetector.of(layers, chosen.validation)


def changed(detectors: Catalogue[DetectorSpec], name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the plain `values` that differ from the defaults; in the table, from those of the other detector.

    All of the table is returned where no one detector of that name is installed: its defaults are then unknown.
    """
    spec = detectors[name]
    if spec.built_on is not None:
        field, table = spec.built_on
        inner = values.get(table)
        if isinstance(inner, Mapping):
            with contextlib.suppress(UnknownName, PluginConflict):
                values = {**values, table: changed(detectors, str(values.get(field)), inner)}
    return parameters.changed(spec.config, values)


def _layers(
    detectors: Catalogue[DetectorSpec], bare: Layer, values: Mapping[str, Any], above: tuple[Any, ...] = ()
) -> tuple[Layer, ...]:
    """Return a detector under its checked values, and the layers below it.

    Parameters
    ----------
    bare : Layer
        The detector, without its config.
    above : tuple of (str, mapping)
        Name and values of the detectors that are built on this one.
    """
    spec, owner = bare.spec, bare.owner
    config = parameters.resolve(spec.config, values, owner=owner)
    if spec.built_on is None:
        return (Layer(owner, bare.offer, config),)
    field, table = spec.built_on
    # User tables are finite; only defaults can form a cycle, and then the same detector comes with the same values.
    here = (spec.name, dict(values))
    if here in above:
        raise BadSpec(f"it is built on itself without end; set {field} to another detector", owner=owner)
    other, inner = getattr(config, field), getattr(config, table)
    try:
        offer = detectors.offer(other)
    except (UnknownName, PluginConflict) as error:
        raise type(error)(error.message, owner=f"{owner}, {field}") from None
    below = _layers(detectors, Layer(f"{owner}, {field} {other!r}", offer, None), inner, (*above, here))
    whole = {**parameters.plain(config), table: parameters.plain(below[0].config)}
    return (Layer(owner, bare.offer, parameters.resolve(spec.config, whole, owner=owner)), *below)


def _joined(sources: list[str]) -> str:
    """Return one source for those of several plugins."""
    if len(sources) == 1:
        return sources[0]
    scheme = sources[0].partition(":")[0]
    return f"{scheme}:{hashlib.sha256(chr(0).join(sources).encode()).hexdigest()}"


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # of a dotted name the parent is imported, and may be missing itself
        return False
