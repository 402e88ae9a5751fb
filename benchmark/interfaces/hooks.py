"""The five hooks a plugin may implement; each returns a list of specs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from benchmark.interfaces.specs import CommandSpec, DatasetSpec, DetectorSpec, MetricSpec, ObserverSpec

__all__ = ["bench_commands", "bench_datasets", "bench_detectors", "bench_metrics", "bench_observers", "hookimpl"]

hookspec = pluggy.HookspecMarker("bench")
hookimpl = pluggy.HookimplMarker("bench")
"""Marks a plugin's implementation of a hook."""


@hookspec
def bench_detectors() -> list[DetectorSpec]:  # type: ignore[empty-body]
    """Offer detectors."""


@hookspec
def bench_datasets() -> list[DatasetSpec]:  # type: ignore[empty-body]
    """Offer datasets."""


@hookspec
def bench_metrics() -> list[MetricSpec]:  # type: ignore[empty-body]
    """Offer metrics."""


@hookspec
def bench_observers() -> list[ObserverSpec]:  # type: ignore[empty-body]
    """Offer observers."""


@hookspec
def bench_commands() -> list[CommandSpec]:  # type: ignore[empty-body]
    """Offer commands, called as `bench NAME`."""
