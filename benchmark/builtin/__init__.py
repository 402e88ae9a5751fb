"""The datasets, metrics and observers that come with the core, offered through the same hooks as a plugin's."""

from __future__ import annotations

from benchmark.builtin import datasets, metrics, observers
from benchmark.hookspecs import hookimpl
from benchmark.interfaces.specs import DatasetSpec, MetricSpec, ObserverSpec

__all__ = ["bench_datasets", "bench_metrics", "bench_observers"]


@hookimpl
def bench_datasets() -> list[DatasetSpec]:
    """Offer the datasets of `builtin/datasets.py`."""
    return list(datasets.SPECS)


@hookimpl
def bench_metrics() -> list[MetricSpec]:
    """Offer the metrics of `builtin/metrics.py`."""
    return list(metrics.SPECS)


@hookimpl
def bench_observers() -> list[ObserverSpec]:
    """Offer the observers of `builtin/observers.py`."""
    return list(observers.SPECS)
