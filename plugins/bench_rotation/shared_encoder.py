"""One encoder with two heads: the turn of an image, and a code that the image is rebuilt from."""

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
"""How often the decoder doubles height and width: sides are multiples of 2^3."""


class SharedEncoder(nn.Module):
    """Feature maps, and three modules that take them or the code.

    Parameters
    ----------
    channels, side : int
        Of the images.
    turns : int
        Number of turns that are classified.
    config : RotationVAEConfig
        `filters`, `blocks`, `stem_stride`, `latent_dim`.

    Attributes
    ----------
    features : module
        Images (n, c, side, side) -> feature maps (n, dim, grid, grid).
    turn : module
        Feature maps -> logits of the turns (n, turns), from the mean of each map, as in `rotnet`.
    code : module
        Feature maps -> codes (n, latent_dim), from all their values.
    decoder : module
        Codes -> images (n, c, side, side) in [0, 1].
    """

    def __init__(self, channels: int, side: int, turns: int, config: RotationVAEConfig) -> None:
        super().__init__()
        self.features = Maps(channels, config)
        grid = math.ceil(side / (config.stem_stride * 2 ** (len(config.filters) - 1)))
        self.turn = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(self.features.dim, turns))
        # Not from means over height and width, which lose where in the image something is.
        self.code = nn.Sequential(nn.Flatten(), nn.Linear(self.features.dim * grid**2, config.latent_dim))
        self.decoder = Decoder(channels, side, config)


class Maps(Features):
    """The residual network without the mean over height and width."""

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
        `latent_dim`, and `filters`: the last is the number of the smallest maps; each doubling of the side halves it.
    """

    def __init__(self, channels: int, side: int, config: RotationVAEConfig) -> None:
        super().__init__()
        grid = side >> DOUBLINGS
        widths = [max(1, config.filters[-1] >> number) for number in range(DOUBLINGS)]
        widths[0] = max(2, widths[0])  # a group norm over one value would make it 0
        smallest = nn.Unflatten(1, (widths[0], grid, grid))
        self.first = nn.Sequential(nn.Linear(config.latent_dim, widths[0] * grid**2), smallest)
        # Group norm, not batch norm: a batch may hold one upright image, or none. Without a norm, the ReLUs may die.
        self.norms = nn.ModuleList(nn.GroupNorm(1, width) for width in widths)
        pairs = zip(widths, [*widths[1:], channels], strict=True)
        self.doublings = nn.ModuleList(nn.ConvTranspose2d(*pair, 4, stride=2, padding=1) for pair in pairs)

    def forward(self, codes: Tensor) -> Tensor:
        """Return images in [0, 1]: (n, latent_dim) -> (n, c, side, side)."""
        x = self.first(codes)
        for norm, doubling in zip(self.norms, self.doublings, strict=True):
            x = doubling(functional.relu(norm(x)))
        return torch.sigmoid(x)
