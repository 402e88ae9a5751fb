"""What the detectors of this plugin share: preparing images, training, views of images, saving."""

from __future__ import annotations

import itertools
import math
from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from bench_rotation.networks import Classifier
from bench_rotation.training import BatchLoss, TrainingImages, train
from bench_rotation.transformations import Transformation, pixel_maps, transformed
from bench_toolkit.batch_statistics import set_batch_statistics
from bench_toolkit.network_detector import NetworkDetector
from bench_toolkit.precision import precision

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark import FitContext, FloatArray, Images

SCORE_BATCH = 250
"""Images that the network computes at a time: its maps then fit into a processor's cache."""

SIDE_MULTIPLE = 8
"""Images are padded to a side that is a multiple of it: 28 pixels become 32, as in Golan & El-Yaniv."""


class PretextDetector(NetworkDetector):
    """A network that predicts through which of a set of transformations it sees an image.

    A subclass defines `transformations`, `fit_scorer` and `score`. One that trains more than a classifier also defines
    `network_for` and `loss_of`.

    Attributes
    ----------
    side : int
        Height and width of the padded images, in pixels.
    maps : tensor of int64, shape (k, side * side)
        The pixel maps of the k transformations of `transformations`.
    """

    scores_while_training = True
    """Whether the harness may score held-out images after each tenth of the training."""

    @abstractmethod
    def transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the k transformations of images of `side` pixels a side; the first is the identity."""

    def training_transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the transformations in training: groups of k, each in the order of `transformations`."""
        return self.transformations(side)

    def steps(self, images: int) -> int:
        """Return how many steps the training on so many images takes."""
        steps: int = self.config.steps
        return steps

    def build(self) -> nn.Module:
        """Return an untrained network, and compute the pixel maps."""
        self.side = -(-max(self.shape[:2]) // SIDE_MULTIPLE) * SIDE_MULTIPLE
        transformations = self.transformations(self.side)
        self.maps = pixel_maps(transformations, self.side).to(self.device)
        return self.network_for(self.shape[2], len(transformations))

    def network_for(self, channels: int, transformations: int) -> nn.Module:
        """Return an untrained network: images (n, c, side, side) -> logits (n, transformations).

        Its `features` are a module: images (n, c, side, side) -> features, shape (n, ...).
        """
        return Classifier(channels, transformations, self.config)

    def loss_of(self, images: Tensor, which: Tensor) -> BatchLoss:
        """Return the loss of a batch: here, the cross-entropy of the transformations.

        Parameters
        ----------
        images : tensor, shape (m, c, side, side)
            Transformed, in [-1, 1].
        which : tensor of int64, shape (m,)
            The transformation of each image, an index into `training_transformations`.
        """
        logits, targets = self.network(images).float(), which % len(self.maps)
        loss = functional.cross_entropy(logits, targets)
        accuracy = (logits.argmax(dim=1) == targets).float().mean()
        return BatchLoss(loss, terms={"cross_entropy": loss}, measures={"accuracy": accuracy})

    @abstractmethod
    def fit_scorer(self, pixels: Tensor) -> None:
        """Set in `self.values` what scoring needs in addition to the network, from the training images.

        Parameters
        ----------
        pixels : tensor of float32, shape (n, side * side, c)
            As `prepare` returns them.
        """

    def learn(self, images: Images, context: FitContext) -> None:
        """Train the network. Fit the scorer after each tenth of the training, or only after the last.

        Without steps, the network stays as initialised: one pass over the images sets the statistics of its batch
        norms, and the scorer is fitted.
        """
        pixels = self.prepare(images)
        maps = pixel_maps(self.training_transformations(self.side), self.side).to(self.device)
        training, steps = TrainingImages(pixels, maps), self.steps(len(images))
        if not steps:
            # One pass as in training: each image under one of the transformations.
            batches = training.batches(min(self.config.batch_size, len(images)))
            passed = itertools.islice(batches, math.ceil(len(images) / self.config.batch_size))
            set_batch_statistics(self.network, self.network.features, (batch for batch, _ in passed))
            self.fit_scorer(pixels)
            return
        for part in train(self.network, training, self.loss_of, self.config, steps):
            is_last = part.number == part.of
            if self.scores_while_training or is_last:
                self.fit_scorer(pixels)
            score = self.score if self.scores_while_training else None
            context.epoch(part.number, of=part.of, losses=part.losses, measures=part.measures, score=score)

    def prepare(self, images: Images) -> Tensor:
        """Return images from the harness as pixels, padded with black: float32, (n, side * side, c), in [-1, 1]."""
        self.require_fitted()
        n, channels, (rows, columns) = len(images), images.shape[3], self.inside
        padded = np.full((n, self.side, self.side, channels), -1, np.float32)
        padded[:, rows, columns] = 2 * images - 1
        return torch.from_numpy(padded.reshape(n, -1, channels)).to(self.device)

    @property
    def inside(self) -> tuple[slice, slice]:
        """The rows and the columns of a padded image that are the image itself."""
        height, width, _ = self.shape
        top, left = (self.side - height) // 2, (self.side - width) // 2
        return slice(top, top + height), slice(left, left + width)

    def forward_views(
        self, pixels: Tensor, module: Callable[[Tensor], Tensor], *, first: int | None = None
    ) -> Iterator[tuple[Tensor, ...]]:
        """Yield, for each batch of images, the outputs of a module for the images under each transformation.

        Parameters
        ----------
        pixels : tensor of float32, shape (n, side * side, c)
            As `prepare` returns them.
        module : callable
            The network or a part of it: images (m, c, side, side) -> tensor (m, ...).
        first : int, optional
            Take only the first so many transformations; 1 is the identity alone.

        Yields
        ------
        tuple of tensor of float64, each of shape (m, ...)
            One for each transformation, on the CPU.
        """
        with torch.inference_mode(), precision(pixels.device, self.config.precision):
            for batch in pixels.split(SCORE_BATCH):
                yield tuple(module(transformed(batch, pixel_map)).cpu().double() for pixel_map in self.maps[:first])

    def embed(self, images: Images) -> FloatArray:
        """Return the features of upright images, float64, shape (n, filters of the last stage)."""
        views = self.forward_views(self.prepare(images), self.network.features, first=1)
        codes: FloatArray = torch.cat([upright for (upright,) in views]).numpy()
        return codes


def random_sample(pixels: Tensor, count: int) -> Tensor:
    """Return `count` of the images, drawn at random; all of them, in random order, if they are no more."""
    return pixels[torch.randperm(len(pixels), device=pixels.device)[:count]]
