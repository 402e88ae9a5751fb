"""Keras callbacks that the detectors of this plugin share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmark import FitContext, Images, Scores

__all__ = ["Barycentre", "TellHarness"]


class Barycentre(keras.callbacks.Callback):
    """Sets the model's `centre` to the mean code of the training images: before the first epoch and after each.

    The model has `codes(images) -> (n, latent_dim)` and a variable `centre` of shape (latent_dim,).
    """

    def __init__(self, images: Images) -> None:
        super().__init__()
        self._images = images

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
        """Place the centre by an initial pass, as Ruff et al. (2018, section 3.3) do."""
        self._place()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
        """Let the centre follow the codes."""
        self._place()

    def _place(self) -> None:
        self.model.centre.assign(self.model.codes(self._images).mean(axis=0))


class TellHarness(keras.callbacks.Callback):
    """Reports each epoch's losses, and lets the harness score held-out images."""

    def __init__(self, context: FitContext, score: Callable[[Images], dict[str, Scores]]) -> None:
        super().__init__()
        self._context, self._score = context, score

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Report: Keras counts epochs from 0, the harness from 1."""
        self._context.epoch(epoch + 1, of=self.params["epochs"], losses=logs or {}, score=self._score)
