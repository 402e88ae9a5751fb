"""Keras callbacks that every training of this plugin has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from bench_keras_vae.distances import CodeStatistics
from bench_toolkit.collapse import COLLAPSED, length, require_spread, spread
from benchmark import TrainingCollapsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmark import FitContext, FloatArray, Images, Scores

    ScoreFunction = Callable[[Images], dict[str, Scores]]

COLLAPSED_IN_THE_END = 1e-2
"""In units of their noise, if training has made it so: on the way, it may come out of it again."""

SHRUNK = 0.1
"""To this share of the spread before the training; a smaller drop is not attributed to training."""

GLANCE = 1_000


class Survey(keras.callbacks.Callback):
    """Looks at the codes of the training images: before the first epoch, after each, and at the end.

    The model's centre is placed by their barycentre, the rules learn their statistics, and a training that has made
    all codes one is stopped. Between epochs a sample is enough, unless the centre follows the codes.
    """

    def __init__(self, images: Images) -> None:
        super().__init__()
        self._images = images
        self._first_spread = 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        """Place the centre by an initial pass."""
        codes = self._look(self._images)
        self.model.place_centre(codes.mean(axis=(0, 1)), first=True)
        self._first_spread = spread(codes)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look again, and stop what has collapsed."""
        every = 1 if self.model.follows else max(1, len(self._images) // GLANCE)
        codes = self._look(self._images[::every])
        if not np.isfinite(codes).all():
            raise TrainingCollapsed(f"codes are not finite after epoch {epoch + 1}")
        self.model.place_centre(codes.mean(axis=(0, 1)), first=False)
        size = length(codes)
        self._check(codes, COLLAPSED * max(size, self.model.deviation), f"after epoch {epoch + 1}")

    def on_train_end(self, logs: Any = None) -> None:
        """Look at all of them."""
        codes = self._look(self._images)
        self.model.place_centre(codes.mean(axis=(0, 1)), first=False)
        least = min(COLLAPSED_IN_THE_END * self.model.deviation, SHRUNK * self._first_spread)
        self._check(codes, least, "after the training")

    def _check(self, codes: FloatArray, least: float, when: str) -> None:
        """Raise if the spread of the codes is not above `least`."""
        require_spread(codes, least, when=when, scale=f"their noise is {self.model.deviation:g}")

    def _look(self, images: Images) -> FloatArray:
        codes: FloatArray = self.model.codes(images, *self.model.survey_condition(len(images)))
        if np.isfinite(codes).all():
            self.model.statistics = CodeStatistics.of(codes)
        return codes


class EpochReporter(keras.callbacks.Callback):
    """Reports each epoch's losses and gradient norms, and lets the harness score held-out images.

    Parameters
    ----------
    before, of : int
        Epochs of earlier trainings of the same fit, and of all of them.
    score : callable or None
        None while the model cannot score yet.
    prefix : str
        Put before the names of losses and measures.
    """

    def __init__(
        self, context: FitContext, *, of: int, score: ScoreFunction | None, before: int = 0, prefix: str = ""
    ) -> None:
        super().__init__()
        self._context, self._before, self._of, self._score, self._prefix = context, before, of, score, prefix

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Report: Keras counts epochs from 0, the harness from 1."""
        logs = dict(logs or {})
        losses = {self._prefix + name: logs.pop(name) for name in self.model.loss_means}
        measures = {self._prefix + name: value for name, value in logs.items()}
        measures["learning_rate"] = float(self.model.optimizer.learning_rate)
        number = self._before + epoch + 1
        self._context.epoch(number, of=self._of, losses=losses, measures=measures, score=self._score)
