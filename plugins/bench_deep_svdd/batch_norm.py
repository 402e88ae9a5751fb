"""Batch norm in training for maps of few channels: the arithmetic on rows as wide as a processor's vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

FEW = 4
"""Up to so many channels PyTorch's own batch norm is the slower one."""

PIXELS = 16
"""Pixels in a row: with a few channels each, a row is as wide as a processor's vectors."""


def batch_norm(x: Tensor, norm: nn.BatchNorm2d) -> Tensor:
    """Return `norm(x)` for maps (n, channels, h, w), and update its running statistics, as `norm` does."""
    n, channels, height, width = x.shape
    if not norm.training or norm.affine or channels > FEW or (n * height * width) % PIXELS:
        normalised: Tensor = norm(x)
        return normalised
    exact = x.to(torch.promote_types(x.dtype, torch.float32))  # no statistics in bfloat16
    rows = exact.permute(0, 2, 3, 1).reshape(-1, PIXELS * channels)
    means = rows.mean(dim=0).view(PIXELS, channels).mean(dim=0)
    centred = rows - means.repeat(PIXELS)
    variances = centred.square().mean(dim=0).view(PIXELS, channels).mean(dim=0)
    update_running_statistics(norm, means, variances, n * height * width)
    scaled = centred * torch.rsqrt(variances + norm.eps).repeat(PIXELS)
    return scaled.view(n, height, width, channels).permute(0, 3, 1, 2)


@torch.no_grad()
def update_running_statistics(norm: Any, means: Tensor, variances: Tensor, count: int) -> None:
    """Move the running statistics of a batch norm towards those of a batch.

    Parameters
    ----------
    norm : BatchNorm2d
    means, variances : tensor, shape (channels,)
        Of the batch; the variances are divided by `count`, not by `count` - 1.
    count : int
        Values of the batch in each channel.
    """
    norm.num_batches_tracked += 1
    norm.running_mean.lerp_(means, norm.momentum)
    norm.running_var.lerp_(variances * (count / max(1, count - 1)), norm.momentum)
