"""A plugin for the tests of the kit that loads a framework as soon as it is found."""

from dataclasses import dataclass

import sklearn
from bench_conform import Good, area, load_shapes

from benchmark import DatasetSpec, DetectorSpec, MetricSpec, hookimpl

SUMMARY = f"Toy: needs scikit-learn {sklearn.__version__}."


@dataclass(frozen=True)
class Options:
    pass


@hookimpl
def bench_detectors():
    return [
        DetectorSpec(
            name="bad_light_import", summary=SUMMARY, version="1", config=Options, build=Good, rules=("distance",)
        )
    ]


@hookimpl
def bench_datasets():
    return [DatasetSpec(name="bad_light_import", summary=SUMMARY, version="1", load=load_shapes)]


@hookimpl
def bench_metrics():
    return [
        MetricSpec(
            name="bad_light_import",
            title="Heavy",
            summary=SUMMARY,
            range=(0.0, 1.0),
            higher_is_better=True,
            compute=area,
        )
    ]
