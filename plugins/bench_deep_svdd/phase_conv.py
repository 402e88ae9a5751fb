"""5 x 5 convolutions before max-pooling or after upsampling, as 3 x 3 convolutions on cells of 2 x 2 pixels.

Max-pooling turns a cell of 2 x 2 pixels into one pixel; upsampling turns one pixel into a cell. The four positions of a
5 x 5 kernel within one cell (its phases) cover the same 3 x 3 cells. So one 3 x 3 convolution with four times the
filters, one group for each phase, gives all four results of a cell, with less work for a processor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from bench_deep_svdd.batch_norm import batch_norm
from bench_deep_svdd.patch_moments import PatchMoments, normalise_by_moments

if TYPE_CHECKING:
    from torch import Tensor

KERNEL = 5
TAPS = KERNEL**2

VECTOR = 16
"""Floats in a processor's vector: a convolution with so many filters is fast as it is."""


def uses_phases(conv: nn.Conv2d) -> bool:
    """Return whether `conv_norm_pool` computes a convolution by its phases: if it has few filters."""
    return conv.out_channels < VECTOR


def conv_norm_pool(x: Tensor, conv: nn.Conv2d, norm: nn.BatchNorm2d, moments: PatchMoments | None = None) -> Tensor:
    """Return the 2 x 2 max-pooling of `norm(conv(x))`: (n, c, 2h, 2w) -> (n, filters, h, w).

    Parameters
    ----------
    moments : PatchMoments, optional
        Of x: the batch statistics are then computed from them, and the pooling comes before the norm.
    """
    if not uses_phases(conv):
        return functional.max_pool2d(batch_norm(conv(x), norm), 2)
    filters = conv.out_channels
    bias = None if conv.bias is None else conv.bias.repeat(4)
    kernels = conv.weight.reshape(-1, TAPS) @ _CELL_KERNELS.to(conv.weight)
    # (filter, in, phase, pixel of the cell, 3, 3) -> (phase and filter, pixel and in, 3, 3)
    kernels = kernels.reshape(filters, -1, 4, 4, 3, 3).permute(2, 0, 3, 1, 4, 5).reshape(4 * filters, -1, 3, 3)
    phases = functional.conv2d(_pixels_to_channels(x), kernels, bias, padding=1)
    n, _, height, width = phases.shape
    # Filters last in memory, as the convolution returns them; the four phases become a row that is pooled.
    rows = phases.permute(0, 2, 3, 1).reshape(n, height * width, 4, filters).permute(0, 3, 1, 2)
    if moments is None:
        rows = batch_norm(rows, norm)
    pooled = functional.max_pool2d(rows, (1, 4)).reshape(n, filters, height, width)
    return pooled if moments is None else normalise_by_moments(pooled, conv, norm, moments)


def upsample_conv(x: Tensor, conv: nn.ConvTranspose2d) -> Tensor:
    """Return `conv` of x upsampled to twice its size: (n, c, h, w) -> (n, filters, 2h - 2 crop, 2w - 2 crop).

    The crop is what the padding of `conv` exceeds 2 by.
    """
    kernels = conv.weight.reshape(-1, TAPS) @ _PIXEL_KERNELS.to(conv.weight)
    # (in, filter, phase, 3, 3) -> (phase and filter, in, 3, 3)
    kernels = kernels.reshape(x.shape[1], -1, 4, 3, 3).permute(2, 1, 0, 3, 4).reshape(-1, x.shape[1], 3, 3)
    upsampled = _channels_to_pixels(functional.conv2d(x, kernels, padding=1))
    height, width = upsampled.shape[2:]
    down, right = (int(padding) - KERNEL // 2 for padding in conv.padding)
    return upsampled[:, :, down : height - down, right : width - right]


def _pixels_to_channels(x: Tensor) -> Tensor:
    """Return the four pixels of each cell as channels, ordered (row, column, c): (n, c, 2h, 2w) -> (n, 4c, h, w)."""
    n, channels, height, width = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(n, height // 2, 2, width // 2, 2 * channels)
    return torch.cat([rows[:, :, 0], rows[:, :, 1]], dim=-1).permute(0, 3, 1, 2)


def _channels_to_pixels(x: Tensor) -> Tensor:
    """Return the inverse of `_pixels_to_channels`: (n, 4c, h, w) -> (n, c, 2h, 2w)."""
    n, channels, height, width = x.shape
    split = x.permute(0, 2, 3, 1).reshape(n, height, width, 2, 2, channels // 4).transpose(2, 3)
    return split.reshape(n, 2 * height, 2 * width, channels // 4).permute(0, 3, 1, 2)


def _taps_on_cells() -> Tensor:
    """Return, along one axis, which pixel of three cells each tap is on: 0 or 1, (phase, tap, cell, pixel)."""
    taps = torch.zeros(2, KERNEL, 6)
    for phase in range(2):
        taps[phase, range(KERNEL), range(phase, phase + KERNEL)] = 1
    return taps.reshape(2, KERNEL, 3, 2)


_TAPS = _taps_on_cells()
# 25 taps -> (phase, pixel of the cell, 3 x 3 cells), for inputs whose cells are channels
_CELL_KERNELS = torch.einsum("akpy,blqx->klabyxpq", _TAPS, _TAPS).reshape(TAPS, -1)
# 25 taps -> (phase, 3 x 3 cells): the pixels of an upsampled cell are equal, so the taps on them are summed; a
# transposed convolution turns its kernels by half.
_PIXEL_KERNELS = torch.einsum("akpy,blqx->klabpq", _TAPS, _TAPS).reshape(TAPS, -1).flip(0)
