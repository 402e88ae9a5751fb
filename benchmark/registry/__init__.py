"""Finds plugins and hands out what they offer; a broken plugin is a row in a table, never a crash."""

from __future__ import annotations

from benchmark.registry.offers import Offers
from benchmark.registry.plugins import PluginRow, Registry, build_detector, registry

__all__ = ["Offers", "PluginRow", "Registry", "build_detector", "registry"]
