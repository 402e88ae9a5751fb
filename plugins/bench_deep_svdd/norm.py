"""Batch norm that is quick for few channels, whatever it takes its statistics from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

FEW = 4
PIXELS = 16
"""With so many pixels in a row, a row of a few channels is as wide as a processor's vectors."""


class BatchNorm(nn.BatchNorm2d):
    """Normalises maps (n, channels, h, w) by the mean and variance of each channel over the batch."""

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor
    momentum: float

    def forward(self, x: Tensor) -> Tensor:
        """Normalise; in evaluation mode, by the running statistics."""
        n, channels, height, width = x.shape
        if not self.training or self.affine or channels > FEW or (n * height * width) % PIXELS:
            return super().forward(x)
        rows = x.float().permute(0, 2, 3, 1).reshape(-1, PIXELS * channels)
        means = rows.mean(dim=0).view(PIXELS, channels).mean(dim=0)
        centred = rows - means.repeat(PIXELS)
        variances = centred.square().mean(dim=0).view(PIXELS, channels).mean(dim=0)
        self.follow(means, variances, n * height * width)
        scaled = centred * torch.rsqrt(variances + self.eps).repeat(PIXELS)
        return scaled.view(n, height, width, channels).permute(0, 3, 1, 2)

    @torch.no_grad()
    def follow(self, means: Tensor, variances: Tensor, count: int) -> None:
        """Let the running statistics follow those of a batch, whose variances are over `count` values."""
        self.num_batches_tracked += 1
        self.running_mean.lerp_(means, self.momentum)
        self.running_var.lerp_(variances * (count / max(1, count - 1)), self.momentum)
