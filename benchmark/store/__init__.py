"""Keeps outcomes. Knows nothing of engines."""

from benchmark.store.sqlite import Store

__all__ = ["Store"]
