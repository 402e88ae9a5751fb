"""A detector with the values that follow from its parameters, computed once.

A detector that is built on another (`DetectorSpec.built_on`) has the framework of the other. Packages, version and
source are those of both.
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
    """A detector with its checked config: one of a sequence in which each detector is built on the next.

    Attributes
    ----------
    owner : str
        The owner of the parameters, for messages: "detector 'hybrid', encoder 'vae'".
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
        """Hash of the code of the detector."""
        module = self.offer.module
        if module is None or getattr(module, "__file__", None) is None:
            raise InvalidRequest(
                f"detector {self.spec.name!r} has no source file, so a change of its code could not be detected"
            )
        return source_of(module, self.offer.distribution)

    @property
    def distribution(self) -> str:
        """The distribution that the detector is from, with its version."""
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
    """A detector with one set of parameters.

    Attributes
    ----------
    layers : tuple of Layer
        The detector, the one that it is built on, and so on.
    validation : float or None
        Share of the training images that the preset holds out; None: the default share.
    params : mapping
        The fields of the config as plain values; they are part of the id of a trial.
    rules : tuple of str
        The first is the primary one.
    version : str
        `1`, or `1 on vae 2` of a detector that is built on another.
    framework : str
        The framework of its worker.
    requirements : tuple of str
        Import names of the packages that must be installed.
    origin : str
        The distributions of the layers, with their versions.
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
        """Return the detector that the layers define."""
        first, *others = layers
        return cls(
            layers=layers,
            validation=validation,
            params=_trial_params(layers),
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
        """Hash of the code of all layers.

        Raises
        ------
        InvalidRequest
            If a layer has no source file.
        """
        return _joined(list(dict.fromkeys(layer.source for layer in self.layers)))

    def check_installed(self) -> None:
        """Raise MissingRequirement if a package that is needed is not installed."""
        for layer in self.layers:
            layer.check_installed()

    def build(self) -> Detector:
        """Return a new detector that is not fitted.

        Raises
        ------
        MissingRequirement
            If a package that it needs is not installed.
        BadSpec
            If the spec does not build a detector.
        """
        self.check_installed()
        detector = self.spec.build(self.config)
        if not isinstance(detector, Detector):
            raise BadSpec(
                f"detector {self.name!r}: `build` returned {type(detector).__name__}, which is not a Detector"
            )
        return detector


def _trial_params(layers: tuple[Layer, ...]) -> dict[str, Any]:
    """Return the parameters of the layers as a trial keeps them."""
    spec, config = layers[0].spec, layers[0].config
    values = parameters.plain(config)
    if spec.built_on is not None:
        values[spec.built_on[1]] = _trial_params(layers[1:])
    return parameters.for_trial(spec.config, values)


def resolve_params(detectors: Catalogue[DetectorSpec], name: str, params: Mapping[str, Any]) -> ResolvedDetector:
    """Return the detector of a trial, from the parameters that the trial keeps; raises as `resolve`."""
    return resolve(detectors, name, of_trial(detectors, name, params))


def of_trial(detectors: Catalogue[DetectorSpec], name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a trial with the values that its id leaves out, also those of the other detector."""
    spec = detectors[name]
    values = parameters.of_trial(spec.config, params)
    if spec.built_on is not None:
        field, table = spec.built_on
        inner = values.get(table)
        if isinstance(inner, Mapping):
            # Else the other detector is unknown here, and the table stays as it is.
            with contextlib.suppress(UnknownName, PluginConflict):
                values[table] = of_trial(detectors, str(values.get(field)), inner)
    return values


def resolve(
    detectors: Catalogue[DetectorSpec], name: str, values: Mapping[str, Any], *, preset: str = "fast"
) -> ResolvedDetector:
    """Return a detector with its parameters: `values` replace those of the preset, and these replace the defaults.

    If the detector is built on another, the parameters of the other are checked too, and the table is completed with
    its defaults. So a table with a default in it gives the same trial as one without, and a changed default gives a
    new trial.

    Raises
    ------
    BenchError
        If a value is wrong, or there is no such detector or preset; `owner` says which detector it is about.
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
    """Return the values of a trial that differ from the defaults; in a table, from those of the other detector.

    The whole table is returned if the other detector is not installed, or offered twice: its defaults are then unknown.
    """
    spec, values = detectors[name], of_trial(detectors, name, values)
    if spec.built_on is not None:
        field, table = spec.built_on
        inner = values.get(table)
        if isinstance(inner, Mapping):
            off = inner
            with contextlib.suppress(UnknownName, PluginConflict):
                off = changed(detectors, str(values.get(field)), inner)
            usual = getattr(spec.config(), table)  # what the detector itself sets, whichever the other detector is
            differing = [key for key in inner if (usual[key] != inner[key] if key in usual else key in off)]
            values = {**values, table: {key: off.get(key, inner[key]) for key in differing}}
    return parameters.changed(spec.config, values)


def _layers(
    detectors: Catalogue[DetectorSpec], bare: Layer, values: Mapping[str, Any], above: tuple[Any, ...] = ()
) -> tuple[Layer, ...]:
    """Return a detector with its checked values, and the layers below it.

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
    """Return one hash for the sources of several plugins."""
    if len(sources) == 1:
        return sources[0]
    scheme = sources[0].partition(":")[0]
    return f"{scheme}:{hashlib.sha256(chr(0).join(sources).encode()).hexdigest()}"


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # for a dotted name the parent is imported, and it may be missing too
        return False
