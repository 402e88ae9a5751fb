"""Geometric transformations: how surely the network tells through which of 72 an image was seen.

Source: Golan & El-Yaniv (2018), Deep Anomaly Detection Using Geometric Transformations, NeurIPS, sections 4.1 and 4.2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from bench_rotation.detector import PretextDetector, sampled
from bench_rotation.dirichlet import concentrations
from bench_rotation.transformations import Transformation, geometric

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark import Images, Scores


class GeometricTransformations(PretextDetector):
    """The normality of an image is the likelihood of what the network answers, summed over the transformations."""

    name = "geom"
    # One look at an image costs as much as twenty steps of training on it.
    measured = False

    def transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the 72."""
        return geometric(side)

    def steps(self, images: int) -> int:
        """Return how many steps the training takes."""
        config = self.config
        return int(config.steps or math.ceil(config.epochs * images * len(self.maps) / config.batch_size))

    def learnt(self, pixels: Tensor) -> None:
        """Fit, for each transformation, a Dirichlet distribution to the network's answers to training images."""
        sample = sampled(pixels, self.config.dirichlet_images or len(pixels))
        total = sum(self.log_probabilities(answers).sum(dim=0) for answers in self.seen(sample, self.network))
        mean_logs = np.asarray(total) / len(sample)  # (72, 72)
        self.values["concentrations"] = torch.from_numpy(concentrations(mean_logs))

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by the negative of both normalities."""
        pixels, alpha = self.ready(images), self.values["concentrations"].cpu()
        dirichlet, softmax = [], []
        for answers in self.seen(pixels, self.network):
            logs = self.log_probabilities(answers)
            # Without the terms that are the same for all images: n(x) is a log-likelihood up to a constant.
            dirichlet.append(((alpha - 1) * logs).sum(dim=2).mean(dim=1))
            softmax.append(logs.diagonal(dim1=1, dim2=2).exp().mean(dim=1))
        return {"dirichlet": -torch.cat(dirichlet).numpy(), "softmax": -torch.cat(softmax).numpy()}

    @staticmethod
    def log_probabilities(answers: tuple[Tensor, ...]) -> Tensor:
        """Return the log-probability of each transformation, given the one seen through: float64, (n, 72, 72)."""
        return functional.log_softmax(torch.stack(answers, dim=1), dim=2)
