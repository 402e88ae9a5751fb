"""Detectors for measuring the harness itself: one that only averages pixels, one that computes for a while."""

import time
from dataclasses import dataclass

import numpy as np

from benchmark import Detector, DetectorSpec, hookimpl


@dataclass(frozen=True)
class Options:
    seconds: float = 0.0


class Average(Detector):
    """Distance of an image's mean grey to that of the training images; computes `seconds` longer than it needs."""

    def __init__(self, options):
        self.options, self.mean = options, 0.0

    def fit(self, images, context):
        self.mean = float(images.mean())
        until = time.process_time() + self.options.seconds
        while time.process_time() < until:
            np.sort(np.arange(100_000) % 977)

    def score(self, images):
        return {"distance": np.abs(images.mean(axis=(1, 2, 3), dtype=np.float64) - self.mean)}


@hookimpl
def bench_detectors():
    return [
        DetectorSpec(
            name="average", summary="Mean grey.", version="1", config=Options, build=Average, rules=("distance",)
        )
    ]
