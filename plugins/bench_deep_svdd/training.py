"""Trains a network on images that are one tensor in memory: a batch is an index into it, without a loader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from bench_deep_svdd.fast_forward import first_layer_moments
from bench_toolkit import batches
from bench_toolkit.batch_statistics import set_batch_statistics
from bench_toolkit.optimiser import adam, take_step
from bench_toolkit.precision import precision
from bench_toolkit.schedules import learning_rate_schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

    from bench_deep_svdd.configs import NetworkConfig
    from bench_deep_svdd.patch_moments import PatchMoments
    from benchmark import FloatArray, Images

SCORE_BATCH = 1_000
"""Images that a network computes at a time in evaluation."""


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """How long a training takes, and how its steps change.

    Attributes
    ----------
    epochs : int
        Passes over the training images.
    drop_epoch : int
        With `schedule` = drop: epochs at the full learning rate, before it is a tenth.
    weight_decay : float
        lambda of lambda/2 ||W||^2.
    """

    epochs: int
    drop_epoch: int
    weight_decay: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch that has ended: its number from 1, the mean loss of its images, and the learning rate after it."""

    number: int
    loss: float
    learning_rate: float


def train_epochs(
    network: nn.Sequential,
    images: Tensor,
    loss_of: Callable[[Tensor, PatchMoments | None], Tensor],
    config: NetworkConfig,
    schedule: TrainingSchedule,
) -> Iterator[Epoch]:
    """Train a network, and yield after each epoch, with the network in evaluation mode.

    Parameters
    ----------
    images : tensor of float32, shape (n, h, w, c)
        As `as_tensor` returns them.
    loss_of : callable
        Batch of images (m, c, h, w) and its patch moments, or None -> loss of each image, shape (m,).
    """
    moments = first_layer_moments(network, _channels_first(images))
    optimizer = adam(network, learning_rate=config.learning_rate, weight_decay=schedule.weight_decay)
    steps = -(-len(images) // config.batch_size)
    rates = learning_rate_schedule(
        optimizer, config.schedule, steps=schedule.epochs * steps, drop_step=schedule.drop_epoch * steps
    )
    for number in range(1, schedule.epochs + 1):
        network.train()
        total = 0.0
        for chosen in _batches(torch.randperm(len(images), device=images.device), config.batch_size):
            with precision(images.device, config.precision):
                loss = loss_of(_channels_first(images[chosen]), moments and moments[chosen]).mean()
            take_step(loss, optimizer, rates)
            total += float(loss.detach()) * len(chosen)
        network.eval()
        yield Epoch(number, total / len(images), optimizer.param_groups[0]["lr"])


def set_statistics(network: nn.Sequential, images: Tensor, batch_size: int) -> None:
    """Set the statistics of the batch norms of a network that is not trained, from images (n, h, w, c)."""
    chosen = _batches(torch.arange(len(images), device=images.device), batch_size)
    set_batch_statistics(network, network, (_channels_first(images[batch]) for batch in chosen))


def as_tensor(images: Images, device: str) -> Tensor:
    """Return images as a tensor on a device: float32, (n, h, w, c), so that its batches are channels last in memory."""
    return torch.from_numpy(np.ascontiguousarray(images).copy()).to(device)


def in_batches(function: Callable[[Tensor], Tensor], images: Tensor) -> FloatArray:
    """Return a function of all images (n, h, w, c), float64; it is called with batches (m, c, h, w)."""
    values = batches.in_batches(lambda batch: function(_channels_first(batch)), images, SCORE_BATCH)
    array: FloatArray = values.double().numpy()
    return array


def _batches(order: Tensor, size: int) -> list[Tensor]:
    """Return batches of an order; a last one of a single image joins the one before, as batch norm needs two."""
    batches = list(order.split(size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def _channels_first(images: Tensor) -> Tensor:
    return images.permute(0, 3, 1, 2)
