"""Geometric transformations: a network predicts which of 72 transformations an image was transformed by.

Source: Golan & El-Yaniv (2018), Deep Anomaly Detection Using Geometric Transformations, NeurIPS, sections 4.1 and 4.2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from bench_rotation.detector import PretextDetector, random_sample
from bench_rotation.dirichlet import concentrations
from bench_rotation.transformations import Transformation, geometric

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark import Images, Scores


class GeometricTransformations(PretextDetector):
    """The normality of an image is the likelihood of the network's predictions, a mean over the transformations."""

    name = "geom"
    # To score an image costs as much as to train on it in twenty steps.
    scores_while_training = False

    def transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the 72 transformations of the paper."""
        return geometric(side)

    def steps(self, images: int) -> int:
        """Return `steps` of the config, or as many as its `epochs` passes over all images and transformations take."""
        config = self.config
        return int(config.steps or math.ceil(config.epochs * images * len(self.maps) / config.batch_size))

    def fit_scorer(self, pixels: Tensor) -> None:
        """Fit a Dirichlet distribution to the predictions on training images under each transformation."""
        sample = random_sample(pixels, self.config.dirichlet_images or len(pixels))
        total = sum(self.log_probabilities(views).sum(dim=0) for views in self.forward_views(sample, self.network))
        mean_logs = np.asarray(total) / len(sample)  # (72, 72)
        self.values["concentrations"] = torch.from_numpy(concentrations(mean_logs))

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by the negative of both normalities."""
        pixels, alpha = self.prepare(images), self.values["concentrations"].cpu()
        dirichlet, softmax = [], []
        for views in self.forward_views(pixels, self.network):
            logs = self.log_probabilities(views)
            # The log-likelihood n(x) without the terms that are the same for all images.
            dirichlet.append(((alpha - 1) * logs).sum(dim=2).mean(dim=1))
            softmax.append(logs.diagonal(dim1=1, dim2=2).exp().mean(dim=1))
        return {"dirichlet": -torch.cat(dirichlet).numpy(), "softmax": -torch.cat(softmax).numpy()}

    @staticmethod
    def log_probabilities(views: tuple[Tensor, ...]) -> Tensor:
        """Return log-probabilities, float64, (n, 72, 72): of each transformation (axis 2) under each (axis 1).

        Parameters
        ----------
        views : tuple of 72 tensors of float64, each of shape (n, 72)
            The logits of n images under each transformation.
        """
        return functional.log_softmax(torch.stack(views, dim=1), dim=2)
