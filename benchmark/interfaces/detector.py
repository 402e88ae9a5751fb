"""The contract of a detector, and what the harness gives it during a fit."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmark.interfaces.errors import ContractBroken, TrainingCollapsed

if TYPE_CHECKING:
    from typing import TypeAlias

    from benchmark.interfaces.arrays import Images, Scores

    ScoreFunction: TypeAlias = Callable[[Images], dict[str, Scores]]

__all__ = ["Detector", "EpochReport", "FitContext"]


class Detector(ABC):
    """Learns from normal images only, and gives any image an anomaly score.

    Images are float32, shape (n, h, w, c), in [0, 1], read-only. Standardising, padding and batching
    are up to the detector.
    """

    @abstractmethod
    def fit(self, images: Images, context: FitContext) -> None:
        """Learn from normal images.

        Parameters
        ----------
        images : ndarray of float32, shape (n, h, w, c)
            Normal images only, in [0, 1], read-only.
        context : FitContext
            Seed, device, threads; `context.epoch(...)` reports progress.

        Raises
        ------
        TrainingCollapsed
            If the fitted model cannot distinguish images; the trial is then `degenerate`.
        """

    @abstractmethod
    def score(self, images: Images) -> dict[str, Scores]:
        """Return rule -> scores, float64, shape (n,), higher = more anomalous, the same at every call.

        The harness may call this on parts of a set, so a score must not depend on the other images.

        Raises
        ------
        NotFitted
            If `fit` has not been called.
        """

    def facts(self) -> dict[str, float | str]:
        """Return facts about the fitted model, such as its number of `parameters`."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochReport:
    """The report of one epoch.

    Attributes
    ----------
    number, of : int
        The number of the finished epoch, from 1, and the total number of epochs.
    losses, measures : mapping of str to float
        As the detector named them; losses are means over the epoch. A measure that is not finite is None.
    validation : mapping of str to (mapping of str to float or None)
        Rule -> measurements on held-out training images; empty in most epochs.
    """

    number: int
    of: int
    losses: Mapping[str, float] = field(default_factory=dict)
    measures: Mapping[str, float | None] = field(default_factory=dict)
    validation: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitContext:
    """What the harness gives a fit: the seed, where to compute, and a callback for epoch reports.

    Every global generator (random, numpy, the framework's) is seeded with `seed` before the fit.
    """

    seed: int = 0
    device: str = "cpu"
    threads: int = 1
    listener: Callable[[EpochReport, ScoreFunction | None], None] | None = None

    def epoch(
        self,
        number: int,
        *,
        of: int,
        losses: Mapping[str, float],
        score: ScoreFunction | None = None,
        measures: Mapping[str, float] | None = None,
    ) -> None:
        """Report an epoch. The detector gets nothing back.

        Parameters
        ----------
        number, of : int
            The number of the finished epoch, from 1, and the total number of epochs.
        losses : mapping of str to float
            Means over the epoch, by name; they become curves.
        score : callable, optional
            The detector's `score`: the harness may call it at once on held-out training images,
            outside the measured time of the fit.
        measures : mapping of str to float, optional
            Other curves: gradient norms, the learning rate.

        Raises
        ------
        TrainingCollapsed
            If a loss is not finite.
        ContractBroken
            If the number is not from 1 to `of`.
        """
        number, of = int(number), int(of)
        if not 1 <= number <= of:
            raise ContractBroken(f"`context.epoch` counts from 1 to `of`; it got epoch {number} of {of}")
        losses = {name: float(value) for name, value in losses.items()}
        for name, value in losses.items():
            if not math.isfinite(value):
                raise TrainingCollapsed(f"the loss {name!r} is {value} in epoch {number} of {of}")
        if self.listener is not None:
            numbers = {name: float(value) for name, value in (measures or {}).items()}
            values = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
            self.listener(EpochReport(number=number, of=of, losses=losses, measures=values), score)
