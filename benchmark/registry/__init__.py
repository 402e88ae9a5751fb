"""Finds plugins and hands out what they offer; a broken plugin is a row in a table, never a crash."""

from benchmark.registry.catalogue import Catalogue, Offer
from benchmark.registry.discovery import PluginRow, Registry, build_detector, registry
from benchmark.registry.resolved import Layer, ResolvedDetector

__all__ = ["Catalogue", "Layer", "Offer", "PluginRow", "Registry", "ResolvedDetector", "build_detector", "registry"]
