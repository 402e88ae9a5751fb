"""A PyTorch function of many images, computed batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def in_batches(function: Callable[[Tensor], Tensor], images: Tensor, size: int) -> Tensor:
    """Return `function(images)`, computed for `size` images at a time, without gradients, on the CPU.

    Parameters
    ----------
    function : callable
        Batch of images, shape (m, ...) -> a value for each, shape (m, ...).
    images : tensor, shape (n, ...)
        On any device.
    """
    with torch.inference_mode():
        return torch.cat([function(batch).cpu() for batch in torch.split(images, size)])
