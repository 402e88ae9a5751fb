"""A wide residual network: narrow with the defaults, as wide as in the publications with other parameters.

Source: Zagoruyko & Komodakis (2016), Wide Residual Networks, BMVC, section 2: batch norm and ReLU come before each
convolution.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

    from bench_rotation.configs import NetworkConfig

STEM_FILTERS = 16


class Features(nn.Module):
    """A convolution, stages of residual blocks, and the mean over height and width.

    Parameters
    ----------
    channels : int
        Of the images.
    config : NetworkConfig
        `filters` of each stage, `blocks` in it, `stem_stride`. Each stage but the first halves height and width.
    """

    def __init__(self, channels: int, config: NetworkConfig) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, STEM_FILTERS, 3, config.stem_stride, padding=1, bias=False)
        widths = [STEM_FILTERS]
        strides = []
        for stage, filters in enumerate(config.filters):
            widths += [filters] * config.blocks
            strides += [2 if stage else 1] + [1] * (config.blocks - 1)
        pairs = itertools.pairwise(widths)
        self.blocks = nn.Sequential(*(_Block(*pair, stride) for pair, stride in zip(pairs, strides, strict=True)))
        self.norm = nn.BatchNorm2d(widths[-1])
        self.dim = widths[-1]
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, images: Tensor) -> Tensor:
        """Return features: (n, c, h, w) -> (n, dim)."""
        x: Tensor = functional.relu(self.norm(self.blocks(self.stem(images))), inplace=True)
        return x.mean(dim=(2, 3))


class Classifier(nn.Module):
    """Predicts which transformation was applied to an image: a linear layer on the features."""

    def __init__(self, channels: int, classes: int, config: NetworkConfig) -> None:
        super().__init__()
        self.features = Features(channels, config)
        self.head = nn.Linear(self.features.dim, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits: (n, c, h, w) -> (n, classes)."""
        logits: Tensor = self.head(self.features(images))
        return logits


class _Block(nn.Module):
    """Two convolutions, each after batch norm and ReLU, and a shortcut: (n, given, h, w) -> (n, filters, h', w')."""

    def __init__(self, given: int, filters: int, stride: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(given), nn.BatchNorm2d(filters)])
        self.first = nn.Conv2d(given, filters, 3, stride, padding=1, bias=False)
        self.second = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        is_identity = given == filters and stride == 1
        self.shortcut = None if is_identity else nn.Conv2d(given, filters, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Any:
        before, between = self.norms
        active = functional.relu(before(x), inplace=True)
        inner = between(self.first(active)) if self.training else _conv_and_norm(self.first, between, active)
        residual = self.second(functional.relu(inner, inplace=True))
        residual += x if self.shortcut is None else self.shortcut(active)
        return residual


def _conv_and_norm(conv: Any, norm: Any, x: Tensor) -> Tensor:
    """Return `norm(conv(x))` in evaluation mode, by one convolution with scaled kernels and a bias: it is faster."""
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    kernels = conv.weight * scale[:, None, None, None]
    bias = norm.bias - norm.running_mean * scale
    return functional.conv2d(x, kernels, bias, conv.stride, conv.padding)
