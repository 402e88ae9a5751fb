"""Rotation prediction: how badly a network that has seen normal images alone tells by how much an image was turned.

Source: Gidaris et al. (2018), Unsupervised Representation Learning by Predicting Image Rotations, ICLR; as a one-class
detector Hendrycks et al. (2019), Using Self-Supervised Learning Can Improve Model Robustness and Uncertainty, NeurIPS,
section 4. `mahalanobis` after Lee et al. (2018), A Simple Unified Framework for Detecting Out-of-Distribution Samples
and Adversarial Attacks, NeurIPS, section 2.1, the four turns being the classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from bench_rotation.detector import PretextDetector, sampled
from bench_rotation.transformations import Transformation, quarter_turns, turned_copies

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark import Images, Scores

SAMPLE = 1_000
"""Training images that the features' means and covariance are taken from."""

RIDGE = 1e-6
"""Of the mean variance, added to the covariance: features that are constant would leave it without an inverse."""


class RotationPrediction(PretextDetector):
    """A network that tells the four quarter turns of an image apart."""

    name = "rotnet"

    def transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the four turns."""
        return quarter_turns()

    def seen_in_training(self, side: int) -> tuple[Transformation, ...]:
        """Return the four turns of the image as it is, in a mirror, and moved by some pixels."""
        return turned_copies(flips=self.config.flips, shift=self.config.shift)

    def learnt(self, pixels: Tensor) -> None:
        """Take the mean of the features under each turn, and the covariance that they share."""
        features = self.features(sampled(pixels, SAMPLE))
        means = features.mean(dim=0)  # (4, dim)
        centred = (features - means).flatten(end_dim=1)
        covariance = centred.T @ centred / len(centred)
        ridge = RIDGE * covariance.diagonal().mean().clamp(min=RIDGE)
        self.values["means"] = means
        self.values["precision"] = torch.linalg.inv(covariance + ridge * torch.eye(len(covariance)))

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by the true turns' log-probability, by the surest answers, and by the distance of the features."""
        features = self.features(self.ready(images))
        head = self.network.head
        weight, bias = (parameter.detach().cpu().double() for parameter in (head.weight, head.bias))
        logs = functional.log_softmax(features @ weight.T + bias, dim=2)  # (n, 4 turns, 4 answers)
        away = features - self.values["means"].cpu()
        return {
            "rotation_likelihood": -logs.diagonal(dim1=1, dim2=2).sum(dim=1).numpy(),
            "max_softmax": -logs.amax(dim=2).sum(dim=1).numpy(),
            "mahalanobis": torch.einsum("ntd,de,nte->n", away, self.values["precision"].cpu(), away).numpy(),
        }

    def features(self, pixels: Tensor) -> Tensor:
        """Return the features of images under each turn: float64, (n, 4, dim)."""
        return torch.cat([torch.stack(seen, dim=1) for seen in self.seen(pixels, self.network.features)])
