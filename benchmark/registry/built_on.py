"""A detector that is built on another one: whose parameters are checked against what, and what follows whom."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark import parameters
from benchmark.interfaces.errors import BadSpec, PluginConflict, UnknownName
from benchmark.interfaces.specs import DetectorSpec
from benchmark.registry.offers import Offers

__all__ = ["Link", "chain", "changed", "resolve", "specs"]


@dataclass(frozen=True, slots=True)
class Link:
    """A detector under its config, in a chain of which each is built on the next.

    Attributes
    ----------
    owner : str
        Who that is, for messages: "detector 'hybrid', encoder 'vae'".
    """

    owner: str
    spec: DetectorSpec
    config: Any


def resolve(
    detectors: Offers[DetectorSpec],
    spec: DetectorSpec,
    values: Mapping[str, Any],
    *,
    owner: str,
    above: tuple[tuple[str, Mapping[str, Any]], ...] = (),
) -> Any:
    """Return the checked config; where the detector is built on another, with all of that one's parameters in it.

    So it makes no difference whether a table spells out a default, and a default that changes makes another trial.

    Parameters
    ----------
    above : tuple of (str, mapping)
        Name and values of the detectors that this one is under.

    Raises
    ------
    BenchError
        If a value is wrong, here or in what it is built on, or there is no such detector; the message says whose.
    """
    config = parameters.resolve(spec.config, values, owner=owner)
    if (fields := spec.built_on) is None:
        return config
    # Tables end; only defaults can go round, and then the same one comes again.
    here = (spec.name, dict(values))
    if here in above:
        raise BadSpec(f"{owner}: it is built on itself without end; set {fields[0]} to another detector")
    below = _below(detectors, Link(owner, spec, config), fields, (*above, here))
    whole = {**parameters.plain(config), fields[1]: parameters.plain(below.config)}
    return parameters.resolve(spec.config, whole, owner=owner)


def chain(detectors: Offers[DetectorSpec], name: str, config: Any) -> tuple[Link, ...]:
    """Return a detector under its config, what it is built on, what that is built on, and so on."""
    links = [Link(f"detector {name!r}", detectors[name], config)]
    while (fields := links[-1].spec.built_on) is not None:
        links.append(_below(detectors, links[-1], fields))
    return tuple(links)


def specs(detectors: Offers[DetectorSpec], name: str, params: Mapping[str, Any]) -> tuple[DetectorSpec, ...]:
    """Return a detector, what it is built on, and so on, by its resolved plain parameters: nothing is checked again.

    A worker asks before anything else, and pydantic alone takes long to load.
    """
    found = [detectors[name]]
    while (fields := found[-1].built_on) is not None:
        other, params = params[fields[0]], params[fields[1]]
        found.append(detectors[other])
    return tuple(found)


def changed(detectors: Offers[DetectorSpec], spec: DetectorSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the plain `values` that differ from the defaults; in the table, from those of the other detector.

    All of the table is named where no one detector of that name is installed: its defaults are then unknown.
    """
    if spec.built_on is not None:
        field, table = spec.built_on
        inner = values.get(table)
        if isinstance(inner, Mapping):
            with contextlib.suppress(UnknownName, PluginConflict):
                values = {**values, table: changed(detectors, detectors[str(values.get(field))], inner)}
    return parameters.changed(spec.config, values)


def _below(
    detectors: Offers[DetectorSpec],
    link: Link,
    fields: tuple[str, str],
    above: tuple[tuple[str, Mapping[str, Any]], ...] = (),
) -> Link:
    """Return what a detector is built on, under its own resolved config."""
    name, values = (getattr(link.config, field) for field in fields)
    try:
        spec = detectors[name]
    except (UnknownName, PluginConflict) as error:
        raise type(error)(f"{link.owner}, {fields[0]}: {error}") from None
    owner = f"{link.owner}, {fields[0]} {name!r}"
    return Link(owner, spec, resolve(detectors, spec, values, owner=owner, above=above))
