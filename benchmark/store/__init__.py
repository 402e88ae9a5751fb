"""Keeps outcomes. Knows nothing of engines."""

from benchmark.store.owner import Owner
from benchmark.store.sqlite import Store

__all__ = ["Owner", "Store"]
