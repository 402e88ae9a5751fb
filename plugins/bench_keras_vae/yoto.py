"""One-class VAE trained once for all weights of its loss.

Source: Dosovitskiy and Djolonga (2020), You Only Train Once: Loss-Conditional Training of Deep Networks, ICLR: a
weight is drawn for each example, told to the network by scales and shifts of its channels, and weighs that example's
loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from bench_keras_vae.autoencoder import AutoencoderModel, error_map
from bench_keras_vae.choice import separation, turned
from bench_keras_vae.model import squared_norm

if TYPE_CHECKING:
    from bench_keras_vae.callbacks import ScoreFunction
    from bench_keras_vae.configs import YotoConfig
    from bench_keras_vae.networks import ImageShape
    from benchmark import FitContext, FloatArray, Images, Scores

CHOICE_IMAGES = 500


class YotoModel(AutoencoderModel):
    """`ocvae` with the weight as an input; the condition is its logarithm, from -1 (lowest) to 1 (highest)."""

    follows = True

    def __init__(self, shape: ImageShape, config: YotoConfig) -> None:
        super().__init__(
            shape,
            config,
            heads=("mean",),
            terms=("reconstruction", "centre_distance"),
            film_units=config.film_units,
        )
        ends = math.log(config.lowest_weight), math.log(config.highest_weight)
        self.middle, self.half = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2
        # Until one is chosen, the one in the middle.
        self.chosen = sorted(config.weights)[len(config.weights) // 2]
        self.areas: dict[float, float] = {}

    def learn(self, images: Images, context: FitContext, score: ScoreFunction) -> None:
        """Train, and then choose the weight that `chosen` scores with."""
        super().learn(images, context, score)
        every = max(1, len(images) // CHOICE_IMAGES)
        normal = images[::every][:CHOICE_IMAGES]
        other = turned(normal)
        self.areas = {w: separation(self._score_at(w, normal), self._score_at(w, other)) for w in self.settings.weights}
        self.chosen = max(self.areas, key=self.areas.__getitem__)

    def draw(self, count: Any) -> tuple[Any, ...]:
        """Return a condition for each image, shape (n, 1)."""
        return (keras.random.uniform((count, 1), -1.0, 1.0, seed=self.noise),)

    def terms(self, images: Any, heads: Mapping[str, Any], condition: Sequence[Any]) -> dict[str, Any]:
        """Return the squared error at a drawn code, and the squared distance to the centre."""
        mean = heads["mean"]
        return {
            "reconstruction": self.error(images, self.drawn(mean), condition),
            "centre_distance": squared_norm(mean - self.centre),
        }

    def term_weights(self, condition: Sequence[Any]) -> dict[str, Any]:
        """Return the convex combination that the condition stands for, one for each image."""
        weight = ops.exp(self.middle + self.half * condition[0][:, 0])
        return {"reconstruction": 1 - weight, "centre_distance": weight}

    def place_centre(self, barycentre: FloatArray, *, first: bool) -> None:
        """Follow the codes: one centre for all weights."""
        self.centre.assign(barycentre)

    def condition(self, count: int) -> tuple[Images, ...]:
        """Return the chosen weight's condition."""
        return (self._at(self.chosen, count),)

    def survey_condition(self, count: int) -> tuple[Images, ...]:
        """Return conditions spread evenly over the images: their barycentre is one over all weights."""
        spread = (np.random.RandomState(0).permutation(count) + 0.5) / count
        return ((2 * spread - 1).astype(np.float32)[:, None],)

    def scores(self, images: Images) -> dict[str, Scores]:
        """Score at each weight, and at the chosen one."""
        at = {weight: self._score_at(weight, images) for weight in self.settings.weights}
        return {"chosen": at[self.chosen].copy(), **{f"weight={weight:g}": scores for weight, scores in at.items()}}

    def fact_values(self) -> dict[str, float | str]:
        """Return the chosen weight, and what it was chosen by."""
        areas = {f"ROC-AUC of turned images at weight={weight:g}": area for weight, area in self.areas.items()}
        return {"weight": self.chosen, **areas}

    def state(self) -> dict[str, FloatArray]:
        """Return what scoring needs besides the networks."""
        return {**super().state(), "chosen": np.asarray(self.chosen)}

    def restore(self, state: Mapping[str, FloatArray]) -> None:
        """Take back what `state` gave."""
        super().restore(state)
        self.chosen = float(state["chosen"])

    def _score_at(self, weight: float, images: Images) -> Scores:
        condition = self._at(weight, len(images))
        codes = self.encode(images, condition)["mean"]
        terms = {
            "reconstruction": error_map(images, self.rebuilt(codes, condition)).sum(axis=(1, 2)),
            "centre_distance": np.asarray(squared_norm(codes - self.centre), np.float64),
        }
        return self.combined(terms, condition)

    def _at(self, weight: float, count: int) -> Images:
        return np.full((count, 1), (math.log(weight) - self.middle) / self.half, np.float32)
