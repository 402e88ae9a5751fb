"""Deep SVDD: an encoder that maps normal images near a centre.

Source: Ruff et al. (2018), Deep One-Class Classification, ICML: equation 3 (soft boundary), equation 4 (one class),
section 3.3 (biases and centres that allow a trivial solution); details after the authors' PyTorch code.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from bench_deep_svdd.detector import LeNetDetector, forward, squared_errors
from bench_deep_svdd.networks import autoencoder, encoder
from bench_deep_svdd.training import TrainingSchedule, in_batches, set_statistics, train_epochs
from bench_toolkit.centre import away_from_zero
from bench_toolkit.collapse import COLLAPSED, length, require_spread
from bench_toolkit.network_detector import to_device

if TYPE_CHECKING:
    from torch import Tensor, nn

    from bench_deep_svdd.patch_moments import PatchMoments
    from benchmark import FitContext, FloatArray, Images, Scores

SAMPLE = 1_000
"""About so many training images are encoded for the collapse check."""


class DeepSVDD(LeNetDetector):
    """The one-class objective: the mean of ||phi(x) - c||^2 over the training images."""

    name = "deep_svdd"

    def build(self) -> nn.Sequential:
        """Return the encoder phi."""
        return encoder(self.layout, bias=self.config.bias)

    def train(self, images: Tensor, context: FitContext) -> None:
        """Pretrain the encoder in an autoencoder, if the config asks for it; fix the centre; train the encoder."""
        config = self.config
        total = config.pretrain_epochs + config.epochs
        if config.pretrain_epochs:
            self.pretrain(images, context, total)
        if not total:
            set_statistics(self.network, images, config.batch_size)
        self.place_centre(images)
        schedule = TrainingSchedule(config.epochs, config.drop_epoch, config.weight_decay)
        for epoch in train_epochs(self.network, images, self.losses, config, schedule):
            self.after_epoch(epoch.number, images)
            context.epoch(
                config.pretrain_epochs + epoch.number,
                of=total,
                losses={"loss": epoch.loss},
                measures={"learning_rate": epoch.learning_rate},
                score=self.score,
            )

    def pretrain(self, images: Tensor, context: FitContext, total: int) -> None:
        """Train the encoder and a decoder on the squared error of the reconstruction."""
        config = self.config
        network = to_device(autoencoder(self.network, self.layout, config.decoder_init), self.device)
        schedule = TrainingSchedule(config.pretrain_epochs, config.pretrain_drop_epoch, config.pretrain_weight_decay)
        for epoch in train_epochs(network, images, partial(squared_errors, network), config, schedule):
            losses, measures = {"pretrain.loss": epoch.loss}, {"learning_rate": epoch.learning_rate}
            context.epoch(epoch.number, of=total, losses=losses, measures=measures)

    def place_centre(self, images: Tensor) -> None:
        """Set the centre c to the mean code of the training images, moved away from zero; or to zero.

        A network that was not pretrained has a mean code whose coordinates are all below the default `centre_margin` of
        0.1 (on MNIST). All are moved, and the centre keeps of the data only the signs of the mean code.
        """
        self.network.eval()
        codes = in_batches(self.encode, images)
        self.initial_length = length(codes)
        centre = np.zeros(codes.shape[1])
        if self.config.centre == "initial":
            centre = away_from_zero(codes.mean(axis=0), self.config.centre_margin)
        self.values["centre"] = torch.from_numpy(centre.astype(np.float32)).to(self.device)

    def encode(self, images: Tensor, moments: PatchMoments | None = None) -> Tensor:
        """Return phi(x) of each image: (n, c, h, w) -> (n, code_dim)."""
        return forward(self.network, images, moments)

    def distances(self, images: Tensor, moments: PatchMoments | None = None) -> Tensor:
        """Return ||phi(x) - c||^2 of each image: (n, c, h, w) -> (n,)."""
        squared: Tensor = (self.encode(images, moments).float() - self.values["centre"]).square().sum(dim=1)
        return squared

    def losses(self, images: Tensor, moments: PatchMoments | None = None) -> Tensor:
        """Return the loss of each image (equation 4): (n, c, h, w) -> (n,)."""
        return self.distances(images, moments)

    def after_epoch(self, number: int, images: Tensor) -> None:
        """Stop a training after which all images have nearly the same code.

        Parameters
        ----------
        number : int
            Of the epoch, from 1.
        images : tensor of float32, shape (n, h, w, c)
            The training images.

        Raises
        ------
        TrainingCollapsed
            If the spread of the codes is at most a thousandth of their length.
        """
        codes = in_batches(self.encode, images[:: max(1, len(images) // SAMPLE)])
        least = COLLAPSED * max(length(codes), self.initial_length)
        scale = f"their length before the training was {self.initial_length:.3g}"
        require_spread(codes, least, when=f"after epoch {number}", scale=scale)

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by the squared distance to the centre."""
        return {"centre_distance": in_batches(self.distances, self.prepare(images))}

    def embed(self, images: Images) -> FloatArray:
        """Return codes, float64, shape (n, code_dim)."""
        return in_batches(self.encode, self.prepare(images))


class SoftBoundaryDeepSVDD(DeepSVDD):
    """The soft boundary: a sphere of radius R, and a penalty for the training images outside it."""

    name = "deep_svdd_soft"

    def train(self, images: Tensor, context: FitContext) -> None:
        """Train from radius 0."""
        self.values["radius"] = torch.zeros((), device=self.device)
        self.epoch = 1
        super().train(images, context)

    def losses(self, images: Tensor, moments: PatchMoments | None = None) -> Tensor:
        """Return the loss of each image (equation 3): (n, c, h, w) -> (n,).

        With `radius` = batch, the radius is set from the distances of this batch, once the warm-up is over.
        """
        distances = self.distances(images, moments)
        squared = self.values["radius"].square()
        losses: Tensor = squared + (distances - squared).clamp(min=0) / self.config.nu
        if self.config.radius == "batch" and self.epoch > self.config.warm_up_epochs:
            self.values["radius"] = _radius(distances.detach(), self.config.nu)
        return losses

    def after_epoch(self, number: int, images: Tensor) -> None:
        """Check for collapse too; with `radius` = epoch, set the radius from all training images when it is due."""
        super().after_epoch(number, images)
        self.epoch = number + 1
        epochs = number - self.config.warm_up_epochs
        if self.config.radius == "epoch" and epochs >= 0 and epochs % self.config.radius_epochs == 0:
            distances = torch.from_numpy(in_batches(self.distances, images))
            self.values["radius"] = _radius(distances, self.config.nu).float().to(self.device)

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by how far outside the sphere an image is: ||phi(x) - c||^2 - R^2."""
        distances = super().score(images)["centre_distance"]
        return {"outside": distances - float(self.values["radius"]) ** 2}

    def facts(self) -> dict[str, float | str]:
        """Return the number of parameters and the radius."""
        return {**super().facts(), **({"radius": float(self.values["radius"])} if "radius" in self.values else {})}


def _radius(distances: Tensor, nu: float) -> Tensor:
    """Return the radius that minimises equation 3 for a fixed network: a share nu of the images is outside."""
    return torch.quantile(distances.sqrt(), 1 - nu)
