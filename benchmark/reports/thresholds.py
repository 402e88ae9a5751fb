"""Thresholds: from scores to decisions, with a label-free choice and along the ROC curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.outcome import ScoredSet
from benchmark.metrics.conformal import ALPHA, ConformalThreshold, conformal_threshold, fewest_images
from benchmark.reports.text import percent

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Scores

SPECIFICITIES = (990, 980, 950, 900, 800, 700, 500)
SENSITIVITIES = (990, 950, 900, 800)
"""In thousandths: shares of images are compared in whole images, which rounding cannot move."""

RATE = f"{100 * ALPHA:g} %"

LABEL_FREE = "label-free"
YOUDEN = "Youden's J"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A score above which an image is flagged, chosen without labels.

    Attributes
    ----------
    conformal : ConformalThreshold
        Of the scores of some normal images.
    held_out : bool
        Whether those images were held out from the fit. Otherwise they are training images; an overfitted detector
        scores them lower than new ones, and then flags more of the new normal images.
    """

    conformal: ConformalThreshold
    held_out: bool

    @property
    def value(self) -> float:
        """The threshold itself: an image with a higher score is flagged."""
        return self.conformal.value

    @property
    def false_alarms(self) -> tuple[float, float] | None:
        """The range in which the rate of new normal images lies with 90 %; None for a threshold of training images."""
        return self.conformal.false_alarm_range() if self.held_out else None

    @property
    def origin(self) -> str:
        """Which scores it comes from, in words."""
        what = "held-out normal images" if self.held_out else "training images (none were held out)"
        return f"the conformal threshold of the scores of {what} for a false-alarm rate of {RATE}"

    @property
    def text(self) -> str:
        """The value, its rank and the false-alarm rates that it may lead to."""
        rank, images = self.conformal.rank, self.conformal.images
        if self.false_alarms is None:
            source = "training images (none were held out), so its false-alarm rate is not known"
        else:
            low, high = self.false_alarms
            source = f"held-out normal images, for a false-alarm rate of at most {RATE}: expected"
            source += f" {percent(self.expected)} %, for 90 % of such thresholds {percent(low)} to {percent(high)} %"
        return f"{self.value:.6g}, rank {rank} of the scores of {images} {source}"

    @property
    def expected(self) -> float:
        """The mean rate at which such thresholds flag new normal images, if the images were held out."""
        return (self.conformal.images + 1 - self.conformal.rank) / (self.conformal.images + 1)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A point of the ROC curve.

    Attributes
    ----------
    names : tuple of str
        The criteria that it meets, such as `specificity 0.95`; several where they coincide.
    threshold : float
        An image with a higher score is flagged; minus infinity flags all.
    """

    names: tuple[str, ...]
    threshold: float
    sensitivity: float
    specificity: float

    @property
    def needs_labels(self) -> bool:
        """Whether it can be chosen only with the labels of these same images."""
        return LABEL_FREE not in self.names


def label_free(sets: Mapping[str, ScoredSet], rule: str, *, judged_on: str = "test") -> Threshold | str:
    """Return the label-free threshold of a rule, or in words why there is none.

    It is computed from the held-out normal images, which the fit has not used. Where those are the images that are
    measured, or none were held out, the training images are used instead: a set never sets its own threshold.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.arange(99.0)[None]
    >>> normal = ScoredSet(y=scores[0] < 0, labels=np.zeros(99, int), rules=("distance",), scores=scores)
    >>> label_free({"validation": normal}, "distance").value
    94.0
    """
    for name in ("validation", "train"):
        scored = sets.get(name)
        if name == judged_on or scored is None or rule not in scored.rules:
            continue
        normal = scored.of(rule)[~scored.y]
        if not len(normal) or not np.isfinite(normal).all():
            continue
        conformal = conformal_threshold(normal)
        if conformal is not None:
            return Threshold(conformal, name == "validation")
        what = "held-out normal images" if name == "validation" else "training images"
        return (
            f"too few {what} ({len(normal)}) for a false-alarm rate of {RATE}: it needs {fewest_images()};"
            " --validation sets how many are held out"
        )
    return "the store has no scores of normal images to compute it from"


def rates(y: BoolArray, scores: Scores, threshold: float) -> tuple[float, float]:
    """Return sensitivity and specificity: the shares of anomalous images flagged, and of normal ones not flagged."""
    flagged = scores > threshold
    return float(flagged[y].mean()), float(1 - flagged[~y].mean())


def operating_points(y: BoolArray, scores: Scores, threshold: Threshold | None = None) -> tuple[OperatingPoint, ...]:
    """Return points of the ROC curve, the highest threshold first, the label-free one among them.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous; there are normal ones too.
    scores : ndarray of float64, shape (n,)
        Higher is more anomalous; all finite.
    threshold : Threshold or None
        The label-free one.

    Returns
    -------
    tuple of OperatingPoint
        `specificity S` is the most sensitive point that flags at most 1 - S of the normal images; `sensitivity S` the
        most specific one that flags at least S of the anomalous. Youden's J is the point with the highest
        sensitivity + specificity, of equals the most specific.

    References
    ----------
    Youden (1950), Cancer 3(1), 32-35.
    """
    # Each distinct score is a threshold: what is above it is flagged. Minus infinity flags what is left.
    falling = np.append(np.unique(scores)[::-1], -np.inf)
    anomalous, normal = np.sort(scores[y]), np.sort(scores[~y])
    caught = len(anomalous) - np.searchsorted(anomalous, falling, side="right")
    alone = np.searchsorted(normal, falling, side="right")

    places = {
        f"specificity {share / 1000:g}": int(np.flatnonzero(1000 * alone >= share * len(normal))[-1])
        for share in SPECIFICITIES
    }
    places |= {
        f"sensitivity {share / 1000:g}": int(np.argmax(1000 * caught >= share * len(anomalous)))
        for share in SENSITIVITIES
    }
    # J = caught / anomalous + alone / normal - 1, in whole numbers.
    places[YOUDEN] = int(np.argmax(caught * len(normal) + alone * len(anomalous)))
    points: dict[float, list[str]] = {}
    for name, place in places.items():
        points.setdefault(float(falling[place]), []).append(name)
    if threshold is not None:
        points.setdefault(threshold.value, []).append(LABEL_FREE)
    return tuple(OperatingPoint(tuple(points[at]), at, *rates(y, scores, at)) for at in sorted(points, reverse=True))
