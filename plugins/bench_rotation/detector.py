"""What the detectors of this plugin share: images made ready, looking at them through transformations, saving."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from bench_rotation.networks import Classifier
from bench_rotation.training import train
from bench_rotation.transformations import Transformation, pixel_maps, transformed
from bench_toolkit.network_detector import NetworkDetector
from bench_toolkit.precision import precision

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark import FitContext, FloatArray, Images

SCORE_BATCH = 250
"""Images that the network takes at a time: its maps then stay in a processor's cache."""

SIDE_STEP = 8
"""Images are padded to a multiple of it: 28 pixels become 32, as Golan & El-Yaniv have them."""


class PretextDetector(NetworkDetector):
    """A network that says through which of a set of transformations an image was seen.

    A subclass gives `transformations`, `learnt` and `score`; one that trains more than a classifier, `network_for` and
    `loss_of` too.
    """

    measured = True
    """Whether the harness may score held-out images after each part of the training."""

    @abstractmethod
    def transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return what images of so many pixels a side are seen through; the first is the identity."""

    def seen_in_training(self, side: int) -> tuple[Transformation, ...]:
        """Return what training images are seen through, in groups of `transformations`, the same order in each."""
        return self.transformations(side)

    def steps(self, images: int) -> int:
        """Return how many steps the training takes."""
        steps: int = self.config.steps
        return steps

    def build(self) -> nn.Module:
        """Return an untrained network, and lay out what it sees images through."""
        self.side = -(-max(self.shape[:2]) // SIDE_STEP) * SIDE_STEP
        transformations = self.transformations(self.side)
        self.maps = pixel_maps(transformations, self.side).to(self.device)
        return self.network_for(self.shape[2], len(transformations))

    def network_for(self, channels: int, transformations: int) -> nn.Module:
        """Return an untrained network: the classifier, where that is all."""
        return Classifier(channels, transformations, self.config)

    def loss_of(self, images: Tensor, which: Tensor) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
        """Return the loss of transformed images, its terms and measures, as `train` wants them: the cross-entropy."""
        logits, wanted = self.network(images).float(), which % len(self.maps)
        loss = functional.cross_entropy(logits, wanted)
        return loss, {"cross_entropy": loss}, {"accuracy": (logits.argmax(dim=1) == wanted).float().mean()}

    @abstractmethod
    def learnt(self, pixels: Tensor) -> None:
        """Learn from the training images what scoring needs besides the network."""

    def learn(self, images: Images, context: FitContext) -> None:
        """Train, and look at the training images after each part of it, or at the end alone."""
        pixels = self.ready(images)
        maps = pixel_maps(self.seen_in_training(self.side), self.side).to(self.device)
        for part in train(self.network, pixels, maps, self.loss_of, self.config, self.steps(len(images))):
            last = part.number == part.of
            if self.measured or last:
                self.learnt(pixels)
            score = self.score if self.measured else None
            context.epoch(part.number, of=part.of, losses=part.losses, measures=part.measures, score=score)

    def ready(self, images: Images) -> Tensor:
        """Return images from the harness as a tensor (n, side * side, c): in [-1, 1], black around them."""
        _ = self.network  # or NotFitted
        n, channels, (rows, columns) = len(images), images.shape[3], self.inside
        padded = np.full((n, self.side, self.side, channels), -1, np.float32)
        padded[:, rows, columns] = 2 * images - 1
        return torch.from_numpy(padded.reshape(n, -1, channels)).to(self.device)

    @property
    def inside(self) -> tuple[slice, slice]:
        """The rows and columns of a padded image that are the image itself."""
        height, width, _ = self.shape
        top, left = (self.side - height) // 2, (self.side - width) // 2
        return slice(top, top + height), slice(left, left + width)

    def seen(
        self, pixels: Tensor, of: Callable[[Tensor], Tensor], first: int | None = None
    ) -> Iterator[tuple[Tensor, ...]]:
        """Yield, for batches of images, what a network makes of them under each transformation: float64, on the CPU.

        Under the `first` so many of the transformations alone, if told; number one is the identity.
        """
        with torch.inference_mode(), precision(pixels.device, self.config.precision):
            for batch in pixels.split(SCORE_BATCH):
                yield tuple(of(transformed(batch, pixel_map)).cpu().double() for pixel_map in self.maps[:first])

    def embed(self, images: Images) -> FloatArray:
        """Return the features of upright images, float64, shape (n, filters of the last stage)."""
        pixels = self.ready(images)
        codes: FloatArray = torch.cat([seen[0] for seen in self.seen(pixels, self.network.features, 1)]).numpy()
        return codes


def sampled(pixels: Tensor, count: int) -> Tensor:
    """Return so many of the images, drawn at random; all of them, in another order, where there are no more."""
    return pixels[torch.randperm(len(pixels), device=pixels.device)[:count]]
