"""The statistics of batch norm in a PyTorch network that is not trained: measured in one pass over images."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


@torch.no_grad()
def set_batch_statistics(network: nn.Module, forward: Callable[[Tensor], object], batches: Iterable[Tensor]) -> None:
    """Set the running statistics of each batch norm to the means of its batch statistics, and end in evaluation mode.

    A new batch norm has mean 0 and variance 1, whatever its input. Training would replace them; without training this
    pass does. No parameter changes, and no random number is drawn.

    Parameters
    ----------
    forward : callable
        What is computed of a batch: the network itself, or the part of it that has batch norms.
    batches : iterable of tensor
        Training images as the network takes them.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # PyTorch then computes a mean over all batches
    network.train()
    for batch in batches:
        forward(batch)
    network.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
