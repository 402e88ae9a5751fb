"""Stripes: a dataset, a detector of edges, Youden's J, and a table of fit seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from bench_stripes.edges import Edges
from bench_stripes.stripes import load_stripes
from bench_stripes.youden import youden
from benchmark import CommandSpec, DatasetSpec, DetectorSpec, MetricSpec, hookimpl


@dataclass(frozen=True)
class EdgesConfig:
    """Parameters of `edges`."""

    power: Annotated[float, Ge(1), "Power of the difference from the mean training image."] = 2.0


@hookimpl
def bench_detectors() -> list[DetectorSpec]:
    """Offer `edges`."""
    return [
        DetectorSpec(
            name="edges",
            summary="Distance of an image's edges to the mean edges of the training images.",
            version="1",
            config=EdgesConfig,
            build=Edges,
            rules=("distance",),
        )
    ]


@hookimpl
def bench_datasets() -> list[DatasetSpec]:
    """Offer `stripes`."""
    return [DatasetSpec(name="stripes", summary="Three directions of stripes.", version="1", load=load_stripes)]


@hookimpl
def bench_metrics() -> list[MetricSpec]:
    """Offer `youden`."""
    return [
        MetricSpec(
            name="youden",
            title="Youden's J",
            summary="The largest TPR - FPR over all thresholds.",
            range=(0.0, 1.0),
            higher_is_better=True,
            compute=youden,
        )
    ]


@hookimpl
def bench_commands() -> list[CommandSpec]:
    """Offer `bench fit-seconds`."""
    return [
        CommandSpec(
            name="fit-seconds",
            summary="Rank the detectors by their fit seconds.",
            command="bench_stripes.fit_seconds:command",
        )
    ]
