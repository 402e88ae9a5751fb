"""Trains a network on transformed images: the images are one tensor, and a batch is an index into it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

from bench_rotation.transformations import transformed
from bench_toolkit.optimiser import adam, take_step
from bench_toolkit.precision import precision
from bench_toolkit.schedules import learning_rate_schedule

if TYPE_CHECKING:
    from torch import Tensor

    from bench_rotation.configs import NetworkConfig

REPORTS = 10


class BatchLoss(NamedTuple):
    """The loss of a batch, and what is reported of it. Each value is a tensor of shape ().

    Attributes
    ----------
    loss : tensor
        With its graph.
    terms : mapping of str to tensor
        The terms of the loss by name.
    measures : mapping of str to tensor
        What else is reported, such as the accuracy.
    """

    loss: Tensor
    terms: Mapping[str, Tensor]
    measures: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class TrainingImages:
    """The images of a training, and the transformations that they are seen through.

    Attributes
    ----------
    pixels : tensor of float32, shape (n, side * side, c)
    maps : tensor of int64, shape (k, side * side)
        As `pixel_maps` returns them.
    """

    pixels: Tensor
    maps: Tensor

    def batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield, without end, transformed images (size, c, side, side) and the transformation of each (size,)."""
        for chosen, which in shuffled_pairs(len(self.pixels), len(self.maps), size, self.pixels.device):
            yield transformed(self.pixels[chosen], self.maps[which]), which


@dataclass(frozen=True, slots=True)
class Progress:
    """A tenth of a training that has ended: its number from 1, of how many, and means over its steps."""

    number: int
    of: int
    losses: Mapping[str, float]
    measures: Mapping[str, float]


def train(
    network: nn.Module,
    images: TrainingImages,
    loss_of: Callable[[Tensor, Tensor], BatchLoss],
    config: NetworkConfig,
    steps: int,
) -> Iterator[Progress]:
    """Train a network, and yield after each tenth of the steps, with the network in evaluation mode.

    Parameters
    ----------
    loss_of : callable
        Transformed images (m, c, side, side) and the transformation of each (m,), an index into the maps -> the loss.
    steps : int
        At least 1. With fewer than ten, it yields after each.
    """
    optimizer = adam(network, learning_rate=config.learning_rate, weight_decay=config.weight_decay)
    schedule = learning_rate_schedule(optimizer, config.schedule, steps=steps)
    ends = sorted({math.ceil(part * steps / REPORTS) for part in range(1, REPORTS + 1)})
    batches = images.batches(config.batch_size)
    for number, (start, end) in enumerate(itertools.pairwise((0, *ends)), start=1):
        network.train()
        terms, measures = [], []
        for batch, which in itertools.islice(batches, end - start):
            with precision(batch.device, config.precision):
                result = loss_of(batch, which)
            take_step(result.loss, optimizer, schedule)
            terms.append(_detached(result.terms))
            measures.append(_detached(result.measures))
        network.eval()
        rate = {"learning_rate": optimizer.param_groups[0]["lr"]}
        yield Progress(number, len(ends), losses=_means(terms), measures=_means(measures) | rate)


def _detached(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in values.items()}


def _means(steps: list[dict[str, Tensor]]) -> dict[str, float]:
    """Return the mean of each value over the steps."""
    return {name: float(torch.stack([step[name] for step in steps]).mean()) for name in steps[0]}


def shuffled_pairs(
    images: int, transformations: int, size: int, device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches without end: indices of images, shape (size,), and of a transformation for each, shape (size,).

    Each pass over the images gives each image another transformation than the passes before. After as many passes as
    there are transformations, every image was transformed once by every one.
    """
    chosen = which = offsets = torch.empty(0, dtype=torch.int64, device=device)
    for number in itertools.count():
        if number % transformations == 0:
            offsets = torch.randint(transformations, (images,), device=device)
        order = torch.randperm(images, device=device)
        chosen = torch.cat([chosen, order])
        which = torch.cat([which, (offsets[order] + number) % transformations])
        while len(chosen) >= size:
            yield chosen[:size], which[:size]
            chosen, which = chosen[size:], which[size:]
