"""Rotation prediction: a network trained on normal images predicts by which quarter turn an image was rotated.

Source: Gidaris et al. (2018), Unsupervised Representation Learning by Predicting Image Rotations, ICLR; as a one-class
detector Hendrycks et al. (2019), Using Self-Supervised Learning Can Improve Model Robustness and Uncertainty, NeurIPS,
section 4. `mahalanobis` after Lee et al. (2018), A Simple Unified Framework for Detecting Out-of-Distribution Samples
and Adversarial Attacks, NeurIPS, section 2.1, the four turns being the classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from bench_rotation.detector import PretextDetector, random_sample
from bench_rotation.transformations import Transformation, quarter_turns, turned_copies

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark import Images, Scores

SAMPLE = 1_000
"""At most so many training images give the means and the covariance of the features."""

RIDGE = 1e-6
"""Share of the mean variance that is added to each variance: with constant features, the covariance is singular."""


class RotationPrediction(PretextDetector):
    """A classifier of the four quarter turns of an image."""

    name = "rotnet"

    def transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the four quarter turns."""
        return quarter_turns()

    def training_transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the four turns of each copy of an image: as it is, mirrored, and moved by some pixels."""
        return turned_copies(flips=self.config.flips, shift=self.config.shift)

    def fit_scorer(self, pixels: Tensor) -> None:
        """Compute the mean of the features under each turn, and the covariance that the turns share."""
        features = self.features(random_sample(pixels, SAMPLE))
        means = features.mean(dim=0)  # (4, dim)
        centred = (features - means).flatten(end_dim=1)
        covariance = centred.T @ centred / len(centred)
        ridge = RIDGE * covariance.diagonal().mean().clamp(min=RIDGE)
        self.values["means"] = means
        self.values["precision"] = torch.linalg.inv(covariance + ridge * torch.eye(len(covariance)))

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by the probability of the true turns, by that of the likeliest ones, and by the features."""
        features = self.features(self.prepare(images))
        head = self.network.head
        weight, bias = (parameter.detach().cpu().double() for parameter in (head.weight, head.bias))
        logs = functional.log_softmax(features @ weight.T + bias, dim=2)  # (n, 4 turns, 4 predictions)
        centred = features - self.values["means"].cpu()
        return {
            "rotation_likelihood": -logs.diagonal(dim1=1, dim2=2).sum(dim=1).numpy(),
            "max_softmax": -logs.amax(dim=2).sum(dim=1).numpy(),
            "mahalanobis": torch.einsum("ntd,de,nte->n", centred, self.values["precision"].cpu(), centred).numpy(),
        }

    def features(self, pixels: Tensor) -> Tensor:
        """Return the features of images under each turn: float64, (n, 4, dim)."""
        views = self.forward_views(pixels, self.network.features)
        return torch.cat([torch.stack(view, dim=1) for view in views])
