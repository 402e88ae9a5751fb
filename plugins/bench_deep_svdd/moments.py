"""Moments of the patches that a first convolution sees: its batch statistics follow from them, whatever its filters.

A filter w sees patches p. Over a batch, w.p has the mean w.E[p] and the variance w^T Cov[p] w: what batch norm wants to
know, without a look at the convolution's output, which is the largest map of the network. The moments of each training
image are computed once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

    from bench_deep_svdd.norm import BatchNorm

AT_ONCE = 200
"""Images whose patches are held in memory."""


@dataclass(frozen=True, slots=True)
class Moments:
    """First and second moment over the patches of each image; indexed by images, as the images themselves are.

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

    def __getitem__(self, chosen: Tensor) -> Moments:
        return Moments(self.first[chosen], self.second[chosen], self.count)


def moments_of(images: Tensor, kernel: int) -> Moments:
    """Return the moments of images, shape (n, c, h, w), padded with zeros so that each pixel has its patch."""
    first, second = [], []
    for batch in images.split(AT_ONCE):
        patches = functional.unfold(batch, kernel, padding=kernel // 2)  # (n, taps, h * w)
        first.append(patches.mean(dim=2))
        second.append(patches @ patches.transpose(1, 2) / patches.shape[2])
    return Moments(torch.cat(first), torch.cat(second), images.shape[2] * images.shape[3])


def normalised(pooled: Tensor, convolution: Any, norm: BatchNorm, moments: Moments) -> Tensor:
    """Return what batch norm in training makes of a convolution's pooled output; its running statistics go on.

    Parameters
    ----------
    pooled : tensor, shape (n, filters, h, w)
        The normalisation has no scale of its own that might be negative, so it may as well follow the max-pooling.
    moments : Moments
        Of the same n images.
    """
    kernels = convolution.weight.flatten(1)  # (filters, taps)
    mean = moments.first.mean(dim=0)
    covariance = moments.second.mean(dim=0) - torch.outer(mean, mean)
    with torch.autocast(pooled.device.type, enabled=False):  # statistics are never rounded to bfloat16
        means = kernels @ mean
        variances = ((kernels @ covariance) * kernels).sum(dim=1)
    norm.follow(means, variances, len(pooled) * moments.count)
    scales = torch.rsqrt(variances + norm.eps)
    apart: Tensor = (pooled - means[:, None, None]) * scales[:, None, None]
    return apart
