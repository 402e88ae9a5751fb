"""The store: outcomes, and the trials that runs have claimed."""

from benchmark.results.claims import Run
from benchmark.results.store import Attempt, Store

__all__ = ["Attempt", "Run", "Store"]
