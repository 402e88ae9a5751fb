"""The models as detectors: fit, score, codes, saving; and what a decoder adds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from bench_keras_vae.autoencoder import error_map
from bench_keras_vae.model import CodeModel, batches
from bench_keras_vae.networks import code_shape, padding
from benchmark import Detector, NotFitted

if TYPE_CHECKING:
    from benchmark import FitContext, FloatArray, Images, Scores


class CodeDetector(Detector):
    """A model that says of each image how far its code is from the normal ones.

    Parameters
    ----------
    name : str
        For messages.
    config : CodeConfig
        Its parameters.
    make : callable
        (shape of an image, config) -> model.
    """

    def __init__(self, name: str, config: Any, make: Callable[[tuple[int, int, int], Any], Any]) -> None:
        self.name, self.config, self._make = name, config, make
        self._shape: tuple[int, int, int] | None = None
        self._model: Any = None

    @property
    def model(self) -> CodeModel:
        """The fitted Keras model.

        Raises
        ------
        NotFitted
            If there is none.
        """
        if self._model is None:
            raise NotFitted(f"{self.name!r} must be fitted before it can score")
        model: CodeModel = self._model
        return model

    def fit(self, images: Images, context: FitContext) -> None:
        """Train on normal images."""
        model = self._make(images.shape[1:], self.config)
        model.learn(images, context, lambda held_out: scores_of(model, held_out))
        self._shape, self._model = images.shape[1:], model

    def score(self, images: Images) -> dict[str, Scores]:
        """Score in batches, from mean codes: two calls agree."""
        return scores_of(self.model, images)

    def embed(self, images: Images) -> FloatArray:
        """Return mean codes, float64, shape (n, d); of a spatial code, rows, columns and channels in this order."""
        return embedded(self.model, images).reshape(len(images), -1)

    def facts(self) -> dict[str, float | str]:
        """Return the number of trained parameters, and what the model adds."""
        if self._model is None:
            return {}
        count = sum(int(np.prod(variable.shape)) for variable in self.model.trained)
        return {"parameters": float(count), **self.model.fact_values()}

    def save(self, folder: Path) -> None:
        """Write the networks as `.keras` files, and what scoring needs besides as `.npz`."""
        for network in self._networks():
            network.save(folder / f"{network.name}.keras")
        state: dict[str, Any] = self.model.state()
        np.savez(folder / "state.npz", shape=np.asarray(self._shape), **state)

    def load(self, folder: Path) -> None:
        """Take back what `save` wrote."""
        with np.load(folder / "state.npz", allow_pickle=False) as state:
            values = dict(state)
        height, width, channels = (int(side) for side in values.pop("shape"))
        self._shape = (height, width, channels)
        self._model = self._make(self._shape, self.config)
        for network in self._networks():
            network.set_weights(keras.saving.load_model(folder / f"{network.name}.keras").get_weights())
        self.model.restore(values)

    def _networks(self) -> list[keras.Model]:
        return [network for network in (self.model.encoder, self.model.decoder) if network is not None]


class SpatialCodeDetector(CodeDetector):
    """One whose codes know where they are."""

    def heatmap(self, images: Images) -> FloatArray:
        """Return each superpixel's squared distance to the centre, spread over the image: (n, h, w)."""
        return distance_map(self.model, images)


class DecodingDetector(CodeDetector):
    """One that can rebuild images from their codes."""

    def reconstruct(self, images: Images) -> Images:
        """Return what becomes of images on their way through the mean code: float32, (n, h, w, c)."""
        return np.concatenate([self.model.reconstruct(batch) for batch in batches(images)])

    def heatmap(self, images: Images) -> FloatArray:
        """Return the squared error of each pixel; of spatial codes, the distance of each superpixel: (n, h, w)."""
        if self.config.latent == "spatial":
            return distance_map(self.model, images)
        return error_map(images, self.reconstruct(images))


def scores_of(model: CodeModel, images: Images) -> dict[str, Scores]:
    """Return rule -> scores, batch by batch."""
    parts = [model.scores(model.prepare(batch)) for batch in batches(images)]
    return {rule: np.concatenate([part[rule] for part in parts]) for rule in parts[0]}


def embedded(model: CodeModel, images: Images) -> FloatArray:
    """Return mean codes, float64, shape (n, superpixels, latent_dim)."""
    return model.codes(model.prepare(images), *model.condition(len(images)))


def distance_map(model: CodeModel, images: Images) -> FloatArray:
    """Return each superpixel's squared distance to the centre, float64, interpolated to the image: (n, h, w)."""
    shape = images.shape[1:]
    height, width, _ = code_shape(shape, model.settings)
    squared = np.square(embedded(model, images) - np.asarray(model.centre, np.float64)).sum(axis=-1)
    coarse = squared.reshape(len(images), height, width, 1)
    (top, bottom), (left, right) = padding(shape, model.settings)
    whole = (shape[0] + top + bottom, shape[1] + left + right)
    fine = np.asarray(ops.image.resize(coarse, whole, interpolation="bilinear"), np.float64)
    return fine[:, top : whole[0] - bottom, left : whole[1] - right, 0]
