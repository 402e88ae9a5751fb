"""One-class VAE trained once for all weights of its loss.

Source: Dosovitskiy and Djolonga (2020), You Only Train Once: Loss-Conditional Training of Deep Networks, ICLR. The loss
of an image x is that of `ocvae`, with a random weight w for each image of each step:

    log w ~ U(log lowest_weight, log highest_weight)
    z = mu(x, w) + eps,  eps ~ N(0, I)
    loss = (1 - w) ||x - decoder(z, w)||^2 + w ||mu(x, w) - c||^2

The weight conditions both networks: it sets a scale and a shift for each of their channels (`layers.FiLM`). Their input
is the condition: log w, scaled linearly to -1 for the lowest weight and 1 for the highest. After the training
the model can score at any weight between the two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import keras
import numpy as np
from keras import ops

from bench_keras_vae import trainer
from bench_keras_vae.balance import Balance
from bench_keras_vae.choice import rotated_copies, separation_auc
from bench_keras_vae.corruption import Corruption
from bench_keras_vae.losses import squared_error, squared_norm
from bench_keras_vae.model import CodeModel
from bench_keras_vae.networks import decoder, encoder

if TYPE_CHECKING:
    from bench_keras_vae.callbacks import ScoreFunction
    from bench_keras_vae.configs import YotoConfig
    from bench_keras_vae.networks import ImageShape, Tensor
    from benchmark import FitContext, FloatArray, Images, Scores

CHOICE_IMAGES = 500
"""Training images by which the weight of the rule `chosen` is chosen."""


class YotoModel(CodeModel):
    """An encoder and a decoder that are conditioned on the weight, and one centre for all weights."""

    noise_deviation = 1.0
    centre_moves = True

    def __init__(self, shape: ImageShape, config: YotoConfig) -> None:
        super().__init__(
            shape,
            config,
            encoder=encoder(shape, config, film_units=config.film_units),  # (n, h, w, c), (n, 1) -> (n, d)
            decoder=decoder(shape, config, film_units=config.film_units),  # (n, d), (n, 1) -> (n, h, w, c)
            balance=Balance(config.balance, ("reconstruction", "centre_distance")),
        )
        self.corrupt = Corruption(config)
        self.weights = config.weights
        lowest, highest = math.log(config.lowest_weight), math.log(config.highest_weight)
        self.middle, self.half_range = (lowest + highest) / 2, (highest - lowest) / 2
        self.chosen = sorted(self.weights)[len(self.weights) // 2]  # until `choose_weight` has chosen one
        self.areas: dict[float, float] = {}

    def draw_condition(self, count: Tensor) -> Tensor:
        """Return a random condition for each image, (count, 1)."""
        return keras.random.uniform((count, 1), -1.0, 1.0, seed=self.noise)

    def loss_terms(self, images: Tensor, heads: Mapping[str, Tensor], condition: Tensor) -> dict[str, Tensor]:
        """Return the squared error at a random code, and the squared distance to the centre: (n,) each."""
        mean = heads["mean"]
        rebuilt = self.decoder([self.add_noise(mean), condition], training=True)  # (n, h, w, c)
        return {
            "reconstruction": squared_norm(images - rebuilt),
            "centre_distance": squared_norm(mean - self.centre),
        }

    def term_weights(self, condition: Tensor) -> dict[str, Tensor]:
        """Return 1 - w and w for each image: (n, 1) -> (n,) each."""
        weight = ops.exp(self.middle + self.half_range * condition[:, 0])
        return {"reconstruction": 1 - weight, "centre_distance": weight}

    def condition_of(self, weight: float, count: int) -> Images:
        """Return the condition of one weight for `count` images: float32, (count, 1)."""
        return np.full((count, 1), (math.log(weight) - self.middle) / self.half_range, np.float32)

    def scoring_condition(self, count: int) -> Images:
        """Return the condition of the chosen weight."""
        return self.condition_of(self.chosen, count)

    def monitor_condition(self, count: int) -> Images:
        """Return conditions at even distances over the whole range: the centre is a mean over all weights."""
        shares = (np.random.RandomState(0).permutation(count) + 0.5) / count
        conditions: Images = (2 * shares - 1).astype(np.float32)[:, None]
        return conditions

    def scores_at(self, weight: float, images: Images) -> Scores:
        """Return the loss at the mean code for one weight: (n, h, w, c) -> (n,)."""
        condition = self.condition_of(weight, len(images))
        mean = self.encode(images, condition)["mean"]
        terms = {
            "reconstruction": squared_error(images, self.decode(mean, condition)),
            "centre_distance": np.asarray(squared_norm(mean - self.centre), np.float64),
        }
        return self.combined(terms, condition)

    def scores(self, images: Images) -> dict[str, Scores]:
        """Return the loss at each weight, and at the chosen one: rule -> (n,)."""
        scores = {weight: self.scores_at(weight, images) for weight in self.weights}
        return {"chosen": scores[self.chosen].copy(), **{f"weight={w:g}": scores[w] for w in self.weights}}

    def choose_weight(self, images: Images) -> None:
        """Choose the weight whose scores separate training images best from rotated copies of themselves."""
        every = max(1, len(images) // CHOICE_IMAGES)
        normal = images[::every][:CHOICE_IMAGES]
        rotated = rotated_copies(normal)
        self.areas = {w: separation_auc(self.scores_at(w, normal), self.scores_at(w, rotated)) for w in self.weights}
        self.chosen = max(self.areas, key=self.areas.__getitem__)

    def facts(self) -> dict[str, float | str]:
        """Return the chosen weight, and the ROC-AUC of each weight that it was chosen by."""
        areas = {f"ROC-AUC of turned images at weight={weight:g}": area for weight, area in self.areas.items()}
        return {"weight": self.chosen, **areas}

    def extra_state(self) -> dict[str, FloatArray]:
        """Return the chosen weight."""
        return {"chosen": np.asarray(self.chosen)}

    def restore_extra_state(self, state: Mapping[str, FloatArray]) -> None:
        """Restore the chosen weight."""
        self.chosen = float(state["chosen"])


def train(model: YotoModel, images: Images, context: FitContext, score: ScoreFunction) -> None:
    """Train for all weights, and then choose the weight of the rule `chosen`."""
    trainer.train(model, images, context, score)
    model.choose_weight(images)
