"""Keras callbacks of every training: one follows the codes of the training images, one reports each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from bench_keras_vae.distances import CodeStatistics
from bench_toolkit.collapse import COLLAPSED, length, require_spread, spread
from benchmark import TrainingCollapsed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from bench_keras_vae.model import CodeModel
    from benchmark import FitContext, FloatArray, Images, Scores

    ScoreFunction: TypeAlias = Callable[[Images], dict[str, Scores]]

COLLAPSED_IN_THE_END = 1e-2
"""After the training, codes have collapsed if their spread is at most this share of their noise ..."""

SHRUNK = 0.1
"""... and at most this share of the spread before the training. A smaller drop is not attributed to training."""

SAMPLE = 1_000
"""Between epochs about this many images are enough, unless the loss depends on their barycentre."""


class CodeMonitor(keras.callbacks.Callback):
    """Encodes the training images before the first epoch, after each epoch and after the training.

    Each time it places the centre of the model, sets the statistics of its codes, and stops a training in which all
    codes have become nearly the same.

    Parameters
    ----------
    model : CodeModel
        What is trained. (`self.model` is Keras's: the trainer.)
    images : ndarray of float32, shape (n, h, w, c)
        The training images.
    """

    def __init__(self, model: CodeModel, images: Images) -> None:
        super().__init__()
        self._code_model, self._images = model, images
        self._first_spread = 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        """Place the centre by an initial pass."""
        self._first_spread = spread(self._update(self._images, "before the training", first=True))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Update the model, and raise if the codes have collapsed."""
        when = f"after epoch {epoch + 1}"
        every = 1 if self._code_model.centre_moves else max(1, len(self._images) // SAMPLE)
        codes = self._update(self._images[::every], when)
        least = COLLAPSED * max(length(codes), self._code_model.noise_deviation)
        self._require_spread(codes, least, when)

    def on_train_end(self, logs: Any = None) -> None:
        """Update the model from all images, and raise if the codes have collapsed."""
        when = "after the training"
        codes = self._update(self._images, when)
        least = min(COLLAPSED_IN_THE_END * self._code_model.noise_deviation, SHRUNK * self._first_spread)
        self._require_spread(codes, least, when)

    def _update(self, images: Images, when: str, *, first: bool = False) -> FloatArray:
        """Set the model's statistics and centre from the codes of images; return the codes, (n, superpixels, d)."""
        model = self._code_model
        codes = model.codes(images, model.monitor_condition(len(images)))
        if not np.isfinite(codes).all():
            raise TrainingCollapsed(f"codes are not finite {when}")
        model.statistics = CodeStatistics.of(codes)
        model.place_centre(codes.mean(axis=(0, 1)), first=first)
        return codes

    def _require_spread(self, codes: FloatArray, least: float, when: str) -> None:
        require_spread(codes, least, when=when, scale=f"their noise is {self._code_model.noise_deviation:g}")


class EpochReporter(keras.callbacks.Callback):
    """Reports the losses and other measures of each epoch, and lets the harness score held-out images.

    Parameters
    ----------
    context : FitContext
        Takes the reports.
    terms : sequence of str
        Names of the terms of the loss.
    of : int
        Epochs of all trainings of the fit.
    score : callable or None
        None while the model cannot score yet.
    before : int
        Epochs of earlier trainings of the fit.
    prefix : str
        Put before the names of losses and measures.
    """

    def __init__(
        self,
        context: FitContext,
        terms: Sequence[str],
        *,
        of: int,
        score: ScoreFunction | None,
        before: int = 0,
        prefix: str = "",
    ) -> None:
        super().__init__()
        self._context, self._losses = context, ("loss", *terms)
        self._of, self._score, self._before, self._prefix = of, score, before, prefix

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Report: Keras counts epochs from 0, the harness from 1."""
        values = {self._prefix + name: value for name, value in (logs or {}).items()}
        losses = {self._prefix + name: values.pop(self._prefix + name) for name in self._losses}
        measures = {**values, "learning_rate": float(self.model.optimizer.learning_rate)}
        number = self._before + epoch + 1
        self._context.epoch(number, of=self._of, losses=losses, measures=measures, score=self._score)
