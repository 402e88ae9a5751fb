"""All specs of one kind by name, and which plugin offers each."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Generic, TypeVar

from benchmark.interfaces.errors import PluginConflict, did_you_mean
from benchmark.interfaces.specs import CommandSpec, DatasetSpec, DetectorSpec, MetricSpec, ObserverSpec

Spec = TypeVar("Spec", DetectorSpec, DatasetSpec, MetricSpec, ObserverSpec, CommandSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(Generic[Spec]):
    """A spec, and the plugin, distribution and module that it is from."""

    spec: Spec
    plugin: str
    distribution: str = ""
    module: ModuleType | None = None


class Catalogue(Generic[Spec]):
    """All specs of one kind, by name."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._offers: dict[str, list[Offer[Spec]]] = {}

    def add(self, offer: Offer[Spec]) -> None:
        """Add the offer of a plugin."""
        self._offers.setdefault(offer.spec.name, []).append(offer)

    def names(self) -> list[str]:
        """Return the offered names, sorted."""
        return sorted(self._offers)

    def __contains__(self, name: object) -> bool:
        return name in self._offers

    def __getitem__(self, name: str) -> Spec:
        """Return the spec; raises as `offer` does."""
        return self.offer(name).spec

    def require(self, name: str) -> None:
        """Raise as `offer` does if a name is unknown or offered twice."""
        self.offer(name)

    def offer(self, name: str) -> Offer[Spec]:
        """Return the offer of a name.

        Raises
        ------
        UnknownName
            If no plugin offers it.
        PluginConflict
            If more than one plugin does.
        """
        offers = self._offers.get(name)
        if not offers:
            raise did_you_mean(self.kind, name, self._offers)
        if len(offers) > 1:
            plugins = " and ".join(sorted({repr(offer.plugin) for offer in offers}))
            raise PluginConflict(f"the {self.kind} {name!r} is offered twice, by {plugins}; uninstall one of them")
        return offers[0]

    def all(self) -> list[Offer[Spec]]:
        """Return all offers, including those in conflict, sorted by name."""
        return [offer for name in self.names() for offer in self._offers[name]]
