"""Trains a network on images seen through transformations: the images are one tensor, a batch of them is one gather."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from bench_rotation.transformations import transformed
from bench_toolkit.precision import precision
from bench_toolkit.schedules import learning_rate_schedule

if TYPE_CHECKING:
    from torch import Tensor

    from bench_rotation.configs import NetworkConfig

REPORTS = 10


@dataclass(frozen=True, slots=True)
class Progress:
    """A tenth of a training: means over its steps."""

    number: int
    of: int
    losses: Mapping[str, float]
    measures: Mapping[str, float]


def train(
    network: nn.Module,
    pixels: Tensor,
    maps: Tensor,
    loss_of: Callable[[Tensor, Tensor], tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]],
    config: NetworkConfig,
    steps: int,
) -> Iterator[Progress]:
    """Train, and yield ten times in between.

    Parameters
    ----------
    pixels : tensor, shape (n, side * side, c)
    maps : tensor of int64, shape (k, side * side)
        As `pixel_maps` gives them.
    loss_of : callable
        Transformed images (m, c, side, side) and which transformation each was seen through (m,) -> the loss, its terms
        by name, and what else is worth a curve.
    """
    optimizer = torch.optim.Adam(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    schedule = learning_rate_schedule(optimizer, config.schedule, steps=steps)
    ends = {math.ceil(part * steps / REPORTS) for part in range(1, REPORTS + 1)}
    so_far: list[dict[str, Tensor]] = []
    network.train()
    for step, (chosen, which) in enumerate(_pairs(len(pixels), len(maps), config.batch_size, pixels.device), start=1):
        with precision(pixels.device, config.precision):
            loss, terms, measures = loss_of(transformed(pixels[chosen], maps[which]), which)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        so_far.append({name: value.detach() for name, value in (terms | measures).items()})
        if step in ends:
            means = {name: float(torch.stack([each[name] for each in so_far]).mean()) for name in so_far[0]}
            so_far.clear()
            rate = {"learning_rate": optimizer.param_groups[0]["lr"]}
            network.eval()
            yield Progress(
                number=sum(end <= step for end in ends),
                of=len(ends),
                losses={name: means[name] for name in terms},
                measures={name: means[name] for name in measures} | rate,
            )
            network.train()
        if step == steps:
            break
    network.eval()


def _pairs(images: int, transformations: int, size: int, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches of images and transformations, for ever.

    Each pass over the images shows each under another transformation than before, so that after as many passes as there
    are transformations every image was seen once under every one.
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
