"""Convolutions beside a change of scale, computed on cells of 2 x 2 pixels: the same numbers for less work.

A cell is what max-pooling makes one, and what a pixel becomes when it is doubled. A 5 x 5 kernel that is moved by one
pixel within a cell still sees the same 3 x 3 cells: one 3 x 3 convolution with four times the filters, one for each
pixel of a cell (its phase), stands for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["contracted", "doubled"]

WIDE = 16
"""Floats in a processor's vector: a convolution with as many filters leaves none of it idle."""


def contracted(x: Tensor, convolution: Any, norm: Any) -> Tensor:
    """Return the 2 x 2 max-pooling of normalised 5 x 5 convolutions: (n, c, 2h, 2w) -> (n, filters, h, w)."""
    filters = convolution.out_channels
    if filters >= WIDE:
        return functional.max_pool2d(norm(convolution(x)), 2)
    bias = None if convolution.bias is None else convolution.bias.repeat(4)
    kernels = torch.einsum("oikl,akpy,blqx->aboyxipq", convolution.weight, *_taps(x)).reshape(4 * filters, -1, 3, 3)
    phases = functional.conv2d(_in_cells(x), kernels, bias, padding=1)
    n, _, height, width = phases.shape
    # Filters last in memory, as the convolution left them; then pooling goes over four neighbours.
    apart = phases.permute(0, 2, 3, 1).reshape(n, height * width, 4, filters).permute(0, 3, 1, 2)
    return functional.max_pool2d(norm(apart), (1, 4)).reshape(n, filters, height, width)


def doubled(x: Tensor, convolution: Any) -> Tensor:
    """Return transposed 5 x 5 convolutions of the map with every pixel made 2 x 2: (n, c, h, w) -> (n, f, 2h, 2w)."""
    kernel = convolution.weight.flip(2, 3)  # (in, out, 5, 5): what the transposed convolution does, as a plain one
    rows, columns = (taps.sum(dim=-1) for taps in _taps(x))  # the pixels of a cell are one, and their taps add up
    kernels = torch.einsum("iokl,akp,blq->aboipq", kernel, rows, columns).reshape(-1, x.shape[1], 3, 3)
    return _out_of_cells(functional.conv2d(x, kernels, padding=1))


def _taps(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return, for rows and columns, which pixel each tap sees: (phase, tap, cell, place in the cell), 0 or 1."""
    taps = torch.zeros(2, 5, 6)
    for phase in range(2):
        taps[phase, range(5), range(phase, phase + 5)] = 1
    seen = taps.reshape(2, 5, 3, 2).to(x)
    return seen, seen


def _in_cells(x: Tensor) -> Tensor:
    """Return each cell's pixels as channels, (place, place, c): (n, c, 2h, 2w) -> (n, 4c, h, w)."""
    n, channels, height, width = x.shape
    split = x.permute(0, 2, 3, 1).reshape(n, height // 2, 2, width // 2, 2, channels).transpose(2, 3)
    return split.reshape(n, height // 2, width // 2, 4 * channels).permute(0, 3, 1, 2)


def _out_of_cells(x: Tensor) -> Tensor:
    """Return what `_in_cells` took apart: (n, 4c, h, w) -> (n, c, 2h, 2w)."""
    n, channels, height, width = x.shape
    split = x.permute(0, 2, 3, 1).reshape(n, height, width, 2, 2, channels // 4).transpose(2, 3)
    return split.reshape(n, 2 * height, 2 * width, channels // 4).permute(0, 3, 1, 2)
