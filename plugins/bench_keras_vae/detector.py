"""The models as detectors: fit, score, embed, save and load; with a decoder also reconstructions and heatmaps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from bench_keras_vae import saving, trainer
from bench_keras_vae.losses import error_map
from bench_keras_vae.model import batches
from bench_keras_vae.networks import code_shape, padding
from benchmark import Detector, NotFitted

if TYPE_CHECKING:
    from bench_keras_vae.model import CodeModel
    from benchmark import FitContext, FloatArray, Images, Scores


class CodeDetector(Detector):
    """A model of this plugin as a detector.

    Parameters
    ----------
    name : str
        For messages.
    config : CodeConfig
        Its parameters.
    make : callable
        ((h, w, c), config) -> an untrained model.
    train : callable
        (model, images, context, score) -> None, as `trainer.train`.
    """

    def __init__(
        self,
        name: str,
        config: Any,
        make: Callable[[tuple[int, int, int], Any], CodeModel],
        train: Callable[..., None] = trainer.train,
    ) -> None:
        self.name, self.config = name, config
        self._make, self._train = make, train
        self._model: CodeModel | None = None

    @property
    def model(self) -> CodeModel:
        """The fitted model.

        Raises
        ------
        NotFitted
            If there is none.
        """
        if self._model is None:
            raise NotFitted(f"{self.name!r} must be fitted before it can score")
        return self._model

    def fit(self, images: Images, context: FitContext) -> None:
        """Train on normal images."""
        height, width, channels = images.shape[1:]
        model = self._make((height, width, channels), self.config)
        self._train(model, images, context, lambda held_out: scores_of(model, held_out))
        self._model = model

    def score(self, images: Images) -> dict[str, Scores]:
        """Return rule -> scores, from mean codes without noise: two calls agree."""
        return scores_of(self.model, images)

    def embed(self, images: Images) -> FloatArray:
        """Return mean codes, float64, (n, d); a spatial code is flattened: rows, then columns, then channels."""
        return mean_codes(self.model, images).reshape(len(images), -1)

    def facts(self) -> dict[str, float | str]:
        """Return the number of trained parameters, and the facts of the model."""
        if self._model is None:
            return {}
        count = sum(int(np.prod(variable.shape)) for variable in self._model.trained_variables)
        return {"parameters": float(count), **self._model.facts()}

    def save(self, folder: Path) -> None:
        """Write the networks as `.keras` files, and what scoring needs besides as `state.npz`."""
        saving.save(self.model, folder)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._model = saving.load(self._make, self.config, folder)


class SpatialCodeDetector(CodeDetector):
    """A detector with spatial codes and no decoder."""

    def heatmap(self, images: Images) -> FloatArray:
        """Return each superpixel's squared distance to the centre, interpolated: float64, (n, h, w)."""
        return distance_map(self.model, images)


class DecodingDetector(CodeDetector):
    """A detector with a decoder."""

    def reconstruct(self, images: Images) -> Images:
        """Return the images rebuilt from their mean codes: float32, (n, h, w, c)."""
        return np.concatenate([self.model.reconstruct(batch) for batch in batches(images)])

    def heatmap(self, images: Images) -> FloatArray:
        """Return the squared error of each pixel, or with spatial codes each superpixel's distance: (n, h, w)."""
        if self.config.latent == "spatial":
            return distance_map(self.model, images)
        return error_map(images, self.reconstruct(images))


def scores_of(model: CodeModel, images: Images) -> dict[str, Scores]:
    """Return rule -> scores, (n,), computed batch by batch."""
    parts = [model.scores(model.prepare(batch)) for batch in batches(images)]
    return {rule: np.concatenate([part[rule] for part in parts]) for rule in parts[0]}


def mean_codes(model: CodeModel, images: Images) -> FloatArray:
    """Return mean codes, float64, (n, superpixels, latent_dim)."""
    return model.codes(model.prepare(images), model.scoring_condition(len(images)))


def distance_map(model: CodeModel, images: Images) -> FloatArray:
    """Return each superpixel's squared distance to the centre, float64, interpolated to the image: (n, h, w)."""
    rows, columns, _ = code_shape(model.shape, model.config)
    squared = np.square(mean_codes(model, images) - np.asarray(model.centre, np.float64)).sum(axis=-1)
    coarse = squared.reshape(len(images), rows, columns, 1)
    (top, bottom), (left, right) = padding(model.shape, model.config)
    height, width = model.shape[0] + top + bottom, model.shape[1] + left + right
    fine = np.asarray(ops.image.resize(coarse, (height, width), interpolation="bilinear"), np.float64)
    return fine[:, top : height - bottom, left : width - right, 0]
