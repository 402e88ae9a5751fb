"""Adam as the PyTorch detectors use it, and one step of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor, nn


def adam(network: nn.Module, *, learning_rate: float, weight_decay: float) -> torch.optim.Adam:
    """Return Adam over the parameters of a network; `weight_decay` is lambda of lambda/2 ||W||^2 in the loss."""
    return torch.optim.Adam(network.parameters(), lr=learning_rate, weight_decay=weight_decay, fused=True)


def take_step(loss: Tensor, optimizer: torch.optim.Optimizer, schedule: Any) -> None:
    """Change the parameters by one step along the gradient of a loss, and then the learning rate by its schedule.

    Parameters
    ----------
    loss : tensor, shape ()
        With its graph.
    schedule : LRScheduler
        As `learning_rate_schedule` returns it for this optimiser.
    """
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    schedule.step()
