"""Trains a network on images that are one tensor in memory: no loader, no per-image Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bench_toolkit.precision import precision
from bench_toolkit.schedules import learning_rate_schedule

if TYPE_CHECKING:
    from torch import Tensor

    from bench_deep_svdd.configs import NetworkConfig
    from bench_deep_svdd.moments import Moments
    from bench_deep_svdd.networks import Autoencoder, Encoder
    from benchmark import Images

SCORE_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Course:
    """How long a training is and how its steps change."""

    epochs: int
    drop_epoch: int
    weight_decay: float


def epochs_of(
    network: Encoder | Autoencoder,
    images: Tensor,
    loss_of: Callable[[Tensor, Moments | None], Tensor],
    config: NetworkConfig,
    course: Course,
) -> Iterator[tuple[int, dict[str, float], dict[str, float]]]:
    """Train, and yield after each epoch its number from 1, the mean loss by name, and measures.

    Parameters
    ----------
    images : tensor, shape (n, h, w, c)
        As `as_tensor` gives them.
    loss_of : callable
        Batch (n, c, h, w) and its moments, where the network has a use for them -> loss of each image, shape (n,).
    """
    moments = network.moments(_channels_first(images))
    optimizer = torch.optim.Adam(
        network.parameters(), lr=config.learning_rate, weight_decay=course.weight_decay, fused=True
    )
    steps = -(-len(images) // config.batch_size)
    schedule = learning_rate_schedule(
        optimizer, config.schedule, steps=course.epochs * steps, drop_step=course.drop_epoch * steps
    )
    for epoch in range(1, course.epochs + 1):
        network.train()
        total = 0.0
        for chosen in _batches(torch.randperm(len(images), device=images.device), config.batch_size):
            with precision(images.device, config.precision):
                losses = loss_of(_channels_first(images[chosen]), moments and moments[chosen])
                loss = losses.mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(chosen)
        network.eval()
        yield epoch, {"loss": total / len(images)}, {"learning_rate": optimizer.param_groups[0]["lr"]}


def as_tensor(images: Images, device: str) -> Tensor:
    """Return images as a tensor on a device: float32, (n, h, w, c), so that batches of it lie channels last."""
    return torch.from_numpy(np.ascontiguousarray(images).copy()).to(device)


def in_batches(images: Tensor, of: Callable[[Tensor], Tensor]) -> Any:
    """Return what a function makes of batches (n, c, h, w), joined, as float64 numpy."""
    with torch.inference_mode():
        parts = [of(_channels_first(batch)).to("cpu", torch.float64) for batch in images.split(SCORE_BATCH)]
        return torch.cat(parts).numpy()


def _batches(order: Tensor, size: int) -> list[Tensor]:
    """Return batches of an order, a last one of a single image joined to the one before: batch norm needs two."""
    batches = list(order.split(size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def _channels_first(batch: Tensor) -> Tensor:
    return batch.permute(0, 3, 1, 2)
