"""The contract of a detector, and the context that its `fit` gets."""

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

    Images are float32, shape (n, h, w, c), in [0, 1], read-only. They are neither standardised nor padded nor split
    into batches; a detector does this itself.
    """

    @abstractmethod
    def fit(self, images: Images, context: FitContext) -> None:
        """Learn from normal images.

        Parameters
        ----------
        images : ndarray of float32, shape (n, h, w, c)
            Normal images only, in [0, 1], read-only.
        context : FitContext
            Seed, device and number of threads. Call `context.epoch(...)` after each epoch.

        Raises
        ------
        TrainingCollapsed
            If the training gave no usable model; the trial is then `degenerate`.
        """

    @abstractmethod
    def score(self, images: Images) -> dict[str, Scores]:
        """Return the scores of images for each rule.

        The scores are the same at every call. The harness may call this on parts of a set, in any order, so the score
        of an image must not depend on the other images.

        Parameters
        ----------
        images : ndarray of float32, shape (n, h, w, c)
            Normal and anomalous images, in [0, 1], read-only; h, w and c are those of the fit.

        Returns
        -------
        dict of str to ndarray of a real float type, shape (n,)
            Rule -> scores, for every rule of the spec. Higher = more anomalous; all finite.

        Raises
        ------
        NotFitted
            If `fit` has not been called.
        """

    def facts(self) -> dict[str, float | str]:
        """Return facts about the fitted model, name -> number or text, such as its number of `parameters`; optional."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochReport:
    """The report of one epoch.

    Attributes
    ----------
    number, of : int
        The number of the finished epoch, from 1, and the total number of epochs.
    losses : mapping of str to float
        Name -> mean over the epoch; the detector chooses the names.
    measures : mapping of str to (float or None)
        Name -> another value that the detector reports; None if the value is not finite.
    validation : mapping of str to (mapping of str to float or None)
        Rule -> name -> value measured on the validation images, such as `roc_auc`; None if it is undefined. Empty in
        epochs without measurement: at most 20 epochs of a fit are measured.
    """

    number: int
    of: int
    losses: Mapping[str, float] = field(default_factory=dict)
    measures: Mapping[str, float | None] = field(default_factory=dict)
    validation: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitContext:
    """The seed, the device, the number of threads, and a callback for epoch reports.

    Every global random generator (random, numpy, the framework's) is seeded with `seed` before the fit. No attribute
    holds a label or an image.

    Attributes
    ----------
    seed : int
        In [0, 2^32): a hash of the trial's seed, the data and the task, so each task has its own.
    device : str
        `cpu` or `cuda`.
    threads : int
        The number of CPU threads that the fit may use.
    listener : callable or None
        Called by `epoch` with the report and the score function; None: reports are discarded.
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
        """Report a finished epoch; nothing is returned to the detector.

        Parameters
        ----------
        number, of : int
            The number of the finished epoch, from 1, and the total number of epochs.
        losses : mapping of str to float
            Name -> mean over the epoch. The outcome stores it as a curve.
        score : callable, optional
            The detector's `score`. The harness may call it immediately on validation images, a mixture in random order;
            this time does not count as time of the fit. The detector must not learn from them.
        measures : mapping of str to float, optional
            Name -> another value, such as a gradient norm or the learning rate; also stored as a curve.

        Raises
        ------
        TrainingCollapsed
            If a loss is not finite.
        ContractBroken
            If `number` is not in 1, ..., `of`.
        """
        number, of = int(number), int(of)
        if not 1 <= number <= of:
            raise ContractBroken(f"`context.epoch` got epoch {number} of {of}; `number` must be in 1, ..., `of`")
        losses = {name: float(value) for name, value in losses.items()}
        for name, value in losses.items():
            if not math.isfinite(value):
                raise TrainingCollapsed(f"the loss {name!r} is {value} in epoch {number} of {of}")
        if self.listener is not None:
            numbers = {name: float(value) for name, value in (measures or {}).items()}
            values = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
            self.listener(EpochReport(number=number, of=of, losses=losses, measures=values), score)
