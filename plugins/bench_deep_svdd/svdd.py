"""Deep SVDD: a network that maps normal images near a centre.

Source: Ruff et al. (2018), Deep One-Class Classification, ICML: equation 3 (soft boundary), equation 4 (one class),
section 3.3 (what must not be); details after the authors' PyTorch code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bench_deep_svdd.detector import LeNetDetector
from bench_deep_svdd.networks import Autoencoder, Encoder
from bench_deep_svdd.training import Course, epochs_of, in_batches
from bench_toolkit.centre import away_from_zero
from bench_toolkit.collapse import COLLAPSED, length, require_spread
from bench_toolkit.network_detector import placed

if TYPE_CHECKING:
    from torch import Tensor

    from bench_deep_svdd.moments import Moments
    from benchmark import FitContext, FloatArray, Images, Scores


class DeepSVDD(LeNetDetector):
    """The one-class objective: the mean squared distance to the centre."""

    name = "deep_svdd"

    def build(self) -> Encoder:
        """Return the encoder."""
        return Encoder(self.layout, bias=self.config.bias)

    def train(self, images: Tensor, context: FitContext) -> None:
        """Train the encoder in an autoencoder first, if asked, and then on the distance."""
        config = self.config
        before, of = config.pretrain_epochs, config.pretrain_epochs + config.epochs
        if before:
            course = Course(before, config.pretrain_drop_epoch, config.pretrain_weight_decay)
            model = placed(Autoencoder(self.layout, encoder=self.network), self.device)
            for epoch, losses, measures in epochs_of(model, images, model.errors, config, course):
                named = {f"pretrain.{name}": loss for name, loss in losses.items()}
                context.epoch(epoch, of=of, losses=named, measures=measures)
        self.place_centre(images)
        course = Course(config.epochs, config.drop_epoch, config.weight_decay)
        for epoch, losses, measures in epochs_of(self.network, images, self.loss_of, config, course):
            self.epoch_ended(epoch, images)
            context.epoch(before + epoch, of=of, losses=losses, measures=measures, score=self.score)

    def place_centre(self, images: Tensor) -> None:
        """Place the centre by an initial pass, in evaluation mode."""
        self.network.eval()
        codes = in_batches(images, self.network)
        self.first_length = length(codes)
        centre = away_from_zero(codes.mean(axis=0)) if self.config.centre == "initial" else np.zeros(codes.shape[1])
        self.values["centre"] = torch.from_numpy(centre.astype(np.float32)).to(self.device)

    def distances(self, images: Tensor, moments: Moments | None = None) -> Tensor:
        """Return squared distances to the centre: (n, c, h, w) -> (n,)."""
        squared: Tensor = (self.network(images, moments).float() - self.values["centre"]).square().sum(dim=1)
        return squared

    def loss_of(self, images: Tensor, moments: Moments | None = None) -> Tensor:
        """Return the loss of each image (equation 4)."""
        return self.distances(images, moments)

    def epoch_ended(self, epoch: int, images: Tensor) -> None:
        """Stop a training that has made all codes one."""
        codes = in_batches(images[:: max(1, len(images) // 1_000)], self.network)
        least = COLLAPSED * max(length(codes), self.first_length)
        scale = f"their length before the training was {self.first_length:.3g}"
        require_spread(codes, least, when=f"after epoch {epoch}", scale=scale)

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by the squared distance to the centre."""
        return {"centre_distance": in_batches(self.ready(images), self.distances)}

    def embed(self, images: Images) -> FloatArray:
        """Return codes, float64, shape (n, code_dim)."""
        codes: FloatArray = in_batches(self.ready(images), self.network)
        return codes


class SoftBoundaryDeepSVDD(DeepSVDD):
    """The soft boundary: the volume of a sphere, and how far a share of the images lies outside it."""

    name = "deep_svdd_soft"

    def train(self, images: Tensor, context: FitContext) -> None:
        """Train from radius 0."""
        self.values["radius"] = torch.zeros((), device=self.device)
        self.epoch = 1
        super().train(images, context)

    def loss_of(self, images: Tensor, moments: Moments | None = None) -> Tensor:
        """Return the loss of each image (equation 3); after the warm-up the radius follows the batch, if asked."""
        distances = self.distances(images, moments)
        squared = self.values["radius"].square()
        losses: Tensor = squared + (distances - squared).clamp(min=0) / self.config.nu
        if self.config.radius == "batch" and self.epoch > self.config.warm_up_epochs:
            self.values["radius"] = _radius(distances.detach(), self.config.nu)
        return losses

    def epoch_ended(self, epoch: int, images: Tensor) -> None:
        """Set the radius from all images, if it is its turn."""
        super().epoch_ended(epoch, images)
        self.epoch = epoch + 1
        after = epoch - self.config.warm_up_epochs
        if self.config.radius == "epoch" and after >= 0 and after % self.config.radius_epochs == 0:
            distances = torch.from_numpy(in_batches(images, self.distances))
            self.values["radius"] = _radius(distances, self.config.nu).float().to(self.device)

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by how far outside the sphere an image lies."""
        distances = super().score(images)["centre_distance"]
        return {"outside": distances - float(self.values["radius"]) ** 2}

    def facts(self) -> dict[str, float | str]:
        """Return the radius too."""
        return {**super().facts(), **({"radius": float(self.values["radius"])} if "radius" in self.values else {})}


def _radius(distances: Any, nu: float) -> Tensor:
    """Return the radius that leaves a share nu of the images outside: the best one while the network stands still."""
    return torch.quantile(distances.sqrt(), 1 - nu)
