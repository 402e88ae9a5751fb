"""Batch statistics of a first convolution, computed from the moments of its input patches.

A filter w of a convolution sees patches p. Over a batch, w.p has the mean w.E[p] and the variance w^T Cov[p] w. That is
all that batch norm needs, so the convolution's output, the largest map of the network, need not be read for it. The
moments of each training image do not depend on w, so they are computed once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from bench_deep_svdd.batch_norm import update_running_statistics

if TYPE_CHECKING:
    from torch import Tensor, nn

BATCH = 200
"""Images whose patches are in memory at a time."""


@dataclass(frozen=True, slots=True)
class PatchMoments:
    """First and second moment over the patches of each of n images. `moments[chosen]` are those of some of them.

    Attributes
    ----------
    first : tensor, shape (n, taps)
        taps = c * kernel * kernel.
    second : tensor, shape (n, taps, taps)
        Not centred.
    count : int
        Patches in an image.
    """

    first: Tensor
    second: Tensor
    count: int

    def __getitem__(self, chosen: Tensor) -> PatchMoments:
        return PatchMoments(self.first[chosen], self.second[chosen], self.count)


def patch_moments(images: Tensor, kernel: int) -> PatchMoments:
    """Return the moments of images (n, c, h, w), padded with zeros so that each pixel has a patch around it."""
    first, second = [], []
    for batch in images.split(BATCH):
        patches = functional.unfold(batch, kernel, padding=kernel // 2)  # (n, taps, h * w)
        first.append(patches.mean(dim=2))
        second.append(patches @ patches.transpose(1, 2) / patches.shape[2])
    return PatchMoments(torch.cat(first), torch.cat(second), images.shape[2] * images.shape[3])


def normalise_by_moments(pooled: Tensor, conv: nn.Conv2d, norm: nn.BatchNorm2d, moments: PatchMoments) -> Tensor:
    """Return the max-pooling of `norm(conv(images))` in training, and update the running statistics of `norm`.

    Parameters
    ----------
    pooled : tensor, shape (n, filters, h, w)
        The max-pooling of `conv(images)`. A norm without a learnt scale keeps the order of values, so it may follow
        the pooling.
    conv : Conv2d
        Without a bias.
    norm : BatchNorm2d
        Without learnt scale and shift.
    moments : PatchMoments
        Of the same n images.
    """
    kernels = conv.weight.flatten(1)  # (filters, taps)
    mean = moments.first.mean(dim=0)
    covariance = moments.second.mean(dim=0) - torch.outer(mean, mean)
    with torch.autocast(pooled.device.type, enabled=False):  # no statistics in bfloat16
        means = kernels @ mean
        variances = ((kernels @ covariance) * kernels).sum(dim=1)
    update_running_statistics(norm, means, variances, len(pooled) * moments.count)
    scales = torch.rsqrt(variances + norm.eps)
    normalised: Tensor = (pooled - means[:, None, None]) * scales[:, None, None]
    return normalised
