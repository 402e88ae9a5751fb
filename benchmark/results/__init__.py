"""The store: keeps outcomes, and knows which run is working on which trial."""

from benchmark.results.claims import Run
from benchmark.results.store import Attempt, Store

__all__ = ["Attempt", "Run", "Store"]
