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


class MetricSubject:
    """A metric by name."""

    kind = "metric"
    framework = "numpy"

    def __init__(self, registry: Registry, name: str) -> None:
        self.registry, self.name = registry, name
        self.spec = registry.metrics[name]

    def of(self, y: BoolArray, scores: Scores) -> float:
        """Return the metric of scores."""
        return float(self.spec.compute(y, scores))

    def cases(self) -> Iterator[tuple[str, BoolArray, Scores]]:
        """Yield rankings of every quality by name: y and scores."""
        random = np.random.RandomState(0)
        for n, share in ((200, 0.5), (200, 0.05), (200, 0.95), (9, 0.4)):
            y = np.arange(n) < max(1, round(share * n))
            for name, scores in _rankings(y, random.normal(size=n)).items():
                yield f"{name}, {int(y.sum())} of {n} anomalous", y, scores
        yield "constant", np.arange(8) < 3, np.zeros(8)
        yield "one of each", np.array([True, False]), np.array([1.0, 0.0])


def _rankings(y: BoolArray, noise: FloatArray) -> dict[str, Scores]:
    """Return scores of every quality, by name."""
    return {
        "perfect": y + 0.01 * noise,
        "random": noise,
        "inverted": 0.01 * noise - y,
        "tied": np.round(noise + y),
        "huge": 1e12 * noise,
    }


@check(
    expected="It is a finite number within the spec's `range`, the same at every call, and leaves its input as it is.",
    fix="compute in float64 on copies; give `range` the values that the metric can take.",
)
def in_range(subject: MetricSubject) -> None:
    """Measure rankings of every quality."""
    low, high = subject.spec.range
    if not low < high:
        raise Failed(f"its range is {low} to {high}")
    for name, y, scores in subject.cases():
        given_y, given = y.copy(), scores.copy()
        value = subject.of(given_y, given)
        if not math.isfinite(value) or not low - NEAR <= value <= high + NEAR:
            raise Failed(f"{name}: {value}, outside {low} to {high}")
        if subject.of(given_y, given) != value:
            raise Failed(f"{name}: another value when asked again")
        if (given != scores).any() or (given_y != y).any():
            raise Failed(f"{name}: it changed what it was given")


@check(
    expected="A perfect ranking has the best value of the range, and beats a random one, which beats an inverted one.",
    fix="scores are higher for anomalous images, y is True for them; set `higher_is_better` and `range`.",
)
def direction(subject: MetricSubject) -> None:
    """Compare three rankings of many images."""
    spec = subject.spec
    sign = 1 if spec.higher_is_better else -1
    y = np.arange(200) < 100
    values = {
        name: subject.of(y, scores) for name, scores in _rankings(y, np.random.RandomState(0).normal(size=200)).items()
    }
    best = spec.range[1] if spec.higher_is_better else spec.range[0]
    listed = ", ".join(f"{name} {values[name]:.4g}" for name in ("perfect", "random", "inverted"))
    if not sign * values["perfect"] > sign * values["random"] > sign * values["inverted"]:
        raise Failed(f"{'higher' if sign > 0 else 'lower'} is better, and the values are: {listed}")
    if abs(values["perfect"] - best) > NEAR:
        raise Failed(f"the best of the range is {best:g}, a perfect ranking has {values['perfect']:.6g}")


@check(
    expected="The order of the images does not matter, among equal scores neither.",
    fix="treat equal scores together: mid-ranks, or thresholds at distinct scores; no plain argsort.",
)
def ties(subject: MetricSubject) -> None:
    """Measure in several orders: as given, reversed, shuffled, normal ones first."""
    for name, y, scores in subject.cases():
        value = subject.of(y, scores)
        orders = (np.arange(len(y))[::-1], np.random.RandomState(1).permutation(len(y)), np.argsort(y, kind="stable"))
        for order in orders:
            if abs((other := subject.of(y[order], scores[order])) - value) > NEAR:
                raise Failed(f"{name}: {value:.6g}, and {other:.6g} in another order of the images")


@check(
    expected="With normal or anomalous images alone it raises OneSidedLabels, or is a finite number in range.",
    fix="raise OneSidedLabels('NAME needs normal and anomalous images') where it is undefined.",
)
def one_sided(subject: MetricSubject) -> None:
    """Measure normal images alone, and anomalous ones alone."""
    low, high = subject.spec.range
    for is_anomalous in (False, True):
        try:
            value = subject.of(np.full(5, is_anomalous), np.arange(5.0))
        except OneSidedLabels:
            continue
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the wrong one
            raise Failed(one_line(error)) from None
        if not low <= value <= high:
            raise Failed(f"{value}")


@check(
    expected="The standard error is None or a finite number, not negative.",
    fix="return None where it is not known: with one normal or one anomalous image, or at all.",
)
def standard_error(subject: MetricSubject) -> None:
    """Ask for it on every ranking."""
    for name, y, scores in subject.cases():
        error = subject.spec.standard_error(y, scores)
        if error is not None and not (math.isfinite(error) and error >= 0):
            raise Failed(f"{name}: {error}")


@check(
    expected="Importing the plugin's module loads no framework.",
    fix="import scipy or scikit-learn in `compute`, not at the head of the plugin's `__init__`.",
)
def light_import(subject: MetricSubject) -> None:
    """Import the module alone in a process of its own."""
    refuse_heavy_import(subject.registry.metrics.offer(subject.name).module)


CHECKS = (in_range, direction, ties, one_sided, standard_error, light_import)
