"""One encoder for two heads: the turn of an image, and a code that the image is rebuilt from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from bench_rotation.networks import Features

if TYPE_CHECKING:
    from torch import Tensor

    from bench_rotation.configs import RotationVAEConfig

DOUBLINGS = 3
"""Of the decoder: sides are multiples of 8."""


class SharedEncoder(nn.Module):
    """Feature maps; the turn told from their means, as `rotnet` does, the code from all that they hold.

    Parameters
    ----------
    channels, side : int
        Of the images.
    turns : int
        How many are told apart.
    config : RotationVAEConfig
        `filters`, `blocks`, `stem_stride`, `latent_dim`.
    """

    def __init__(self, channels: int, side: int, turns: int, config: RotationVAEConfig) -> None:
        super().__init__()
        self.features = Maps(channels, config)
        grid = math.ceil(side / (config.stem_stride * 2 ** (len(config.filters) - 1)))
        self.turn = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(self.features.dim, turns))
        # Means over height and width would not say where anything is.
        self.code = nn.Sequential(nn.Flatten(), nn.Linear(self.features.dim * grid**2, config.latent_dim))
        self.decoder = Decoder(channels, side, config)


class Maps(Features):
    """The residual network as it is before the mean over height and width."""

    def forward(self, images: Tensor) -> Tensor:
        """Return feature maps: (n, c, h, w) -> (n, dim, grid, grid)."""
        return functional.relu(self.norm(self.blocks(self.stem(images))))


class Decoder(nn.Module):
    """A linear layer to the smallest maps, then norms and transposed convolutions that double height and width.

    Parameters
    ----------
    channels, side : int
        Of the images.
    config : RotationVAEConfig
        `latent_dim`, and `filters`: their last is the number of the smallest maps; each doubling halves it.
    """

    def __init__(self, channels: int, side: int, config: RotationVAEConfig) -> None:
        super().__init__()
        grid = side >> DOUBLINGS
        widths = [max(1, config.filters[-1] >> number) for number in range(DOUBLINGS)]
        widths[0] = max(2, widths[0])  # a norm of an image that is one number would leave nothing of it
        smallest = nn.Unflatten(1, (widths[0], grid, grid))
        self.first = nn.Sequential(nn.Linear(config.latent_dim, widths[0] * grid**2), smallest)
        # Of each image by itself: a batch may hold one upright image, or none. Without, the maps may die.
        self.norms = nn.ModuleList(nn.GroupNorm(1, width) for width in widths)
        pairs = zip(widths, [*widths[1:], channels], strict=True)
        self.doublings = nn.ModuleList(nn.ConvTranspose2d(*pair, 4, stride=2, padding=1) for pair in pairs)

    def forward(self, codes: Tensor) -> Tensor:
        """Return images in [0, 1]: (n, latent_dim) -> (n, c, side, side)."""
        x = self.first(codes)
        for norm, doubling in zip(self.norms, self.doublings, strict=True):
            x = doubling(functional.relu(norm(x)))
        return torch.sigmoid(x)
