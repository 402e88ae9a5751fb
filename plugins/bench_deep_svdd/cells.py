"""Convolutions beside a change of scale, computed on cells of 2 x 2 pixels: the same numbers for less work.

A cell is what max-pooling makes one, and what a pixel becomes when it is doubled. A 5 x 5 kernel that is moved by one
pixel within a cell still sees the same 3 x 3 cells: one 3 x 3 convolution with four times the filters, one for each
pixel of a cell (its phase), stands for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from bench_deep_svdd.moments import Moments, normalised

if TYPE_CHECKING:
    from torch import Tensor

KERNEL = 5
TAPS = KERNEL**2

WIDE = 16
"""Floats in a processor's vector: a convolution with as many filters leaves none of it idle."""


def is_folded(convolution: Any) -> bool:
    """Return whether `contracted` computes a convolution on cells."""
    return bool(convolution.out_channels < WIDE)


def contracted(x: Tensor, convolution: Any, norm: Any, moments: Moments | None = None) -> Tensor:
    """Return the 2 x 2 max-pooling of normalised 5 x 5 convolutions: (n, c, 2h, 2w) -> (n, filters, h, w).

    Parameters
    ----------
    moments : Moments, optional
        Of the patches of x: the batch statistics are then taken from them.
    """
    if not is_folded(convolution):
        return functional.max_pool2d(norm(convolution(x)), 2)
    filters = convolution.out_channels
    bias = None if convolution.bias is None else convolution.bias.repeat(4)
    seen = convolution.weight.reshape(-1, TAPS) @ _CONTRACTING.to(x.device)
    # (filter, in, phase, place, 3, 3) -> (phase and filter, place and in, 3, 3)
    kernels = seen.reshape(filters, -1, 4, 4, 3, 3).permute(2, 0, 3, 1, 4, 5).reshape(4 * filters, -1, 3, 3)
    phases = functional.conv2d(_in_cells(x), kernels, bias, padding=1)
    n, _, height, width = phases.shape
    # Filters last in memory, as the convolution left them; then pooling goes over four neighbours.
    apart = phases.permute(0, 2, 3, 1).reshape(n, height * width, 4, filters).permute(0, 3, 1, 2)
    pooled = functional.max_pool2d(apart if moments else norm(apart), (1, 4)).reshape(n, filters, height, width)
    return normalised(pooled, convolution, norm, moments) if moments else pooled


def doubled(x: Tensor, convolution: Any) -> Tensor:
    """Return transposed 5 x 5 convolutions of the map with every pixel made 2 x 2: (n, c, h, w) -> (n, f, 2h, 2w)."""
    seen = convolution.weight.reshape(-1, TAPS) @ _DOUBLING.to(x.device)
    # (in, filter, phase, 3, 3) -> (phase and filter, in, 3, 3)
    kernels = seen.reshape(x.shape[1], -1, 4, 3, 3).permute(2, 1, 0, 3, 4).reshape(-1, x.shape[1], 3, 3)
    return _out_of_cells(functional.conv2d(x, kernels, padding=1))


def _in_cells(x: Tensor) -> Tensor:
    """Return each cell's pixels as channels, (place, place, c): (n, c, 2h, 2w) -> (n, 4c, h, w)."""
    n, channels, height, width = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(n, height // 2, 2, width // 2, 2 * channels)
    return torch.cat([rows[:, :, 0], rows[:, :, 1]], dim=-1).permute(0, 3, 1, 2)


def _out_of_cells(x: Tensor) -> Tensor:
    """Return what `_in_cells` took apart: (n, 4c, h, w) -> (n, c, 2h, 2w)."""
    n, channels, height, width = x.shape
    split = x.permute(0, 2, 3, 1).reshape(n, height, width, 2, 2, channels // 4).transpose(2, 3)
    return split.reshape(n, 2 * height, 2 * width, channels // 4).permute(0, 3, 1, 2)


def _which_pixel() -> Tensor:
    """Return what each tap of a kernel sees along one side, 0 or 1: (phase, tap, cell, place in the cell)."""
    seen = torch.zeros(2, KERNEL, 6)
    for phase in range(2):
        seen[phase, range(KERNEL), range(phase, phase + KERNEL)] = 1
    return seen.reshape(2, KERNEL, 3, 2)


_SEEN = _which_pixel()
_CONTRACTING = torch.einsum("akpy,blqx->klabyxpq", _SEEN, _SEEN).reshape(TAPS, -1)
# The pixels of a doubled cell are one, so its taps add up; and a transposed convolution turns its kernels around.
_DOUBLING = torch.einsum("akpy,blqx->klabpq", _SEEN, _SEEN).reshape(TAPS, -1).flip(0)
