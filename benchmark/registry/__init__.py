"""Finds plugins and their offers; a broken plugin is listed as broken and does not stop the others."""

from benchmark.registry.catalogue import Catalogue, Offer
from benchmark.registry.discovery import PluginRow, Registry, build_detector, registry
from benchmark.registry.resolved import Layer, ResolvedDetector

__all__ = ["Catalogue", "Layer", "Offer", "PluginRow", "Registry", "ResolvedDetector", "build_detector", "registry"]
