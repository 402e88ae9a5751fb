"""Keeps outcomes. Knows nothing of engines."""

from benchmark.store.owner import Owner
from benchmark.store.sqlite import Attempt, Store

__all__ = ["Attempt", "Owner", "Store"]
