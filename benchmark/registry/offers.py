"""All specs of one kind by name, and who offers each."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Generic, TypeVar

from benchmark.interfaces.errors import PluginConflict, did_you_mean
from benchmark.interfaces.specs import DatasetSpec, DetectorSpec, MetricSpec, ObserverSpec

__all__ = ["Offers"]

Spec = TypeVar("Spec", DetectorSpec, DatasetSpec, MetricSpec, ObserverSpec)


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
