"""Checks of a metric: direction, range, ties."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from benchmark.conformance.check import Failed, check, one_line
from benchmark.conformance.detectors.spec import refuse_heavy_import
from benchmark.interfaces.errors import OneSidedLabels
from benchmark.registry import Registry

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, Scores

NEAR = 1e-9
"""Largest difference that rounding may cause."""


class MetricSubject:
    """The metric that the checks test."""

    kind = "metric"
    framework = "numpy"

    def __init__(self, registry: Registry, name: str) -> None:
        self.registry, self.name = registry, name
        self.spec = registry.metrics[name]

    def value(self, y: BoolArray, scores: Scores) -> float:
        """Return the value of the metric."""
        return float(self.spec.compute(y, scores))

    def cases(self) -> Iterator[tuple[str, BoolArray, Scores]]:
        """Yield cases, from a perfect ranking to an inverted one: a name, y and scores."""
        random = np.random.RandomState(0)
        for n, share in ((200, 0.5), (200, 0.05), (200, 0.95), (9, 0.4)):
            y = np.arange(n) < max(1, round(share * n))
            for name, scores in _rankings(y, random.normal(size=n)).items():
                yield f"{name}, {int(y.sum())} of {n} anomalous", y, scores
        yield "constant", np.arange(8) < 3, np.zeros(8)
        yield "one of each", np.array([True, False]), np.array([1.0, 0.0])


def _rankings(y: BoolArray, noise: FloatArray) -> dict[str, Scores]:
    """Return scores by name, from a perfect ranking to an inverted one."""
    return {
        "perfect": y + 0.01 * noise,
        "random": noise,
        "inverted": 0.01 * noise - y,
        "tied": np.round(noise + y),
        "huge": 1e12 * noise,
    }


@check(
    expected="The value is finite, within the spec's `range` and the same at every call; the arguments do not change.",
    fix="compute in float64 on copies of the arguments; set `range` to the lowest and the highest possible value.",
)
def in_range(subject: MetricSubject) -> None:
    """Compute the metric of every case twice."""
    low, high = subject.spec.range
    if not low < high:
        raise Failed(f"`range` is {low} to {high}")
    for name, y, scores in subject.cases():
        y_copy, scores_copy = y.copy(), scores.copy()
        value = subject.value(y_copy, scores_copy)
        if not math.isfinite(value) or not low - NEAR <= value <= high + NEAR:
            raise Failed(f"{name}: the value {value} is not within {low} to {high}")
        if subject.value(y_copy, scores_copy) != value:
            raise Failed(f"{name}: a second call returns another value")
        if (scores_copy != scores).any() or (y_copy != y).any():
            raise Failed(f"{name}: the metric changed its arguments")


@check(
    expected="A perfect ranking has the best value of `range`; a random one is worse, and an inverted one worst.",
    fix="treat higher scores as more anomalous, and y = True as anomalous; set `higher_is_better` and `range`.",
)
def direction(subject: MetricSubject) -> None:
    """Compare three rankings of many images."""
    spec = subject.spec
    sign = 1 if spec.higher_is_better else -1
    y = np.arange(200) < 100
    rankings = _rankings(y, np.random.RandomState(0).normal(size=200))
    values = {name: subject.value(y, scores) for name, scores in rankings.items()}
    best = spec.range[1] if spec.higher_is_better else spec.range[0]
    listed = ", ".join(f"{name} {values[name]:.4g}" for name in ("perfect", "random", "inverted"))
    if not sign * values["perfect"] > sign * values["random"] > sign * values["inverted"]:
        raise Failed(f"{'higher' if sign > 0 else 'lower'} is better, but the values are: {listed}")
    if abs(values["perfect"] - best) > NEAR:
        raise Failed(f"the best value of `range` is {best:g}, but a perfect ranking has {values['perfect']:.6g}")


@check(
    expected="The value does not depend on the order of the images, also if scores are equal.",
    fix="treat equal scores together: use mid-ranks, or thresholds at distinct scores, not a plain argsort.",
)
def ties(subject: MetricSubject) -> None:
    """Compute the metric in several orders of the images: as given, reversed, shuffled, normal ones first."""
    for name, y, scores in subject.cases():
        value = subject.value(y, scores)
        orders = (np.arange(len(y))[::-1], np.random.RandomState(1).permutation(len(y)), np.argsort(y, kind="stable"))
        for order in orders:
            if abs((other := subject.value(y[order], scores[order])) - value) > NEAR:
                raise Failed(f"{name}: the value is {value:.6g}, and in another order of the images {other:.6g}")


@check(
    expected="If all images are normal, or all anomalous, it raises OneSidedLabels or returns a number within `range`.",
    fix="if the metric is undefined then, raise OneSidedLabels('NAME needs normal and anomalous images').",
)
def one_sided(subject: MetricSubject) -> None:
    """Compute the metric of normal images only, and of anomalous images only."""
    low, high = subject.spec.range
    for is_anomalous in (False, True):
        try:
            value = subject.value(np.full(5, is_anomalous), np.arange(5.0))
        except OneSidedLabels:
            continue
        except Exception as error:  # noqa: BLE001 - any other error is a failure
            raise Failed(one_line(error)) from None
        if not low <= value <= high:
            raise Failed(f"the value {value} is not within {low} to {high}")


@check(
    expected="The standard error is None, or a finite number that is not negative.",
    fix="return None if it cannot be computed, for example with a single normal or a single anomalous image.",
)
def standard_error(subject: MetricSubject) -> None:
    """Compute the standard error of every case."""
    for name, y, scores in subject.cases():
        error = subject.spec.standard_error(y, scores)
        if error is not None and not (math.isfinite(error) and error >= 0):
            raise Failed(f"{name}: the standard error is {error}")


@check(
    expected="Importing the plugin's module loads no framework.",
    fix="import scipy or scikit-learn inside `compute`, not at the top of the plugin's `__init__`.",
)
def light_import(subject: MetricSubject) -> None:
    """Import the module in a separate process."""
    refuse_heavy_import(subject.registry.metrics.offer(subject.name).module)


CHECKS = (in_range, direction, ties, one_sided, standard_error, light_import)
