"""A plugin for the tests of the tradeoff: one detector with a weight, and one trained once for all weights."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from benchmark import Detector, DetectorSpec, NotFitted, hookimpl


@dataclass(frozen=True)
class WeightedOptions:
    weight: Annotated[float, Ge(0), "Weight of the brightness."] = 0.1
    power: Annotated[float, Ge(1), "Power of the difference."] = 2.0


@dataclass(frozen=True)
class ConditionedOptions:
    weights: Annotated[tuple[float, ...], "Weights of the brightness."] = (0.01, 0.1, 1.0)
    power: Annotated[float, Ge(1), "Power of the difference."] = 2.0


class Weighted(Detector):
    """Distance to the mean training image, plus a weight times that of the brightness."""

    def __init__(self, options):
        self.options, self.mean = options, None

    def fit(self, images, context):
        self.mean = images.mean(axis=0, dtype=np.float64)

    def score(self, images):
        return {"combined": self.at(images, self.options.weight)}

    def at(self, images, weight):
        if self.mean is None:
            raise NotFitted("it must be fitted before it can score")
        apart = (np.abs(images - self.mean) ** self.options.power).mean(axis=(1, 2, 3))
        return apart + weight * np.abs(images.mean(axis=(1, 2, 3), dtype=np.float64) - self.mean.mean())


class Conditioned(Weighted):
    """The same at each weight; it chooses the second of them, whatever it has seen."""

    def score(self, images):
        scores = {f"weight={weight:g}": self.at(images, weight) for weight in self.options.weights}
        return {"chosen": self.at(images, self.options.weights[1]), **scores}

    def facts(self):
        return {"weight": self.options.weights[1]}


def conditioned_rules(options: ConditionedOptions) -> tuple[str, ...]:
    return ("chosen", *(f"weight={weight:g}" for weight in options.weights))


@hookimpl
def bench_detectors():
    return [
        DetectorSpec(
            name="toy_weighted",
            summary="Toy: one weight.",
            version="1",
            config=WeightedOptions,
            build=Weighted,
            rules=("combined",),
        ),
        DetectorSpec(
            name="toy_conditioned",
            summary="Toy: all weights.",
            version="1",
            config=ConditionedOptions,
            build=Conditioned,
            rules=conditioned_rules,
        ),
    ]
