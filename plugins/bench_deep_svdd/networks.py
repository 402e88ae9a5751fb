"""The LeNet-type networks of Ruff et al. (2018): an encoder without biases, and its mirror for the autoencoder.

Source: section 4 of the paper, and the layers of the authors' PyTorch code for 28 x 28 x 1 and 32 x 32 x 3.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from bench_deep_svdd.cells import KERNEL, contracted, doubled, is_folded
from bench_deep_svdd.moments import Moments, moments_of
from bench_deep_svdd.norm import BatchNorm

if TYPE_CHECKING:
    from typing import TypeAlias

    from torch import Tensor

    ImageShape: TypeAlias = tuple[int, int, int]

GRID = 4
EPSILON = 1e-4


@dataclass(frozen=True, slots=True)
class Layout:
    """How large the networks are for images of a shape (h, w, c).

    Grey images have the network that the authors gave MNIST, others the one of CIFAR-10, of any height and width: sides
    that do not divide by two often enough are padded with zeros.
    """

    shape: ImageShape
    slope: float

    @property
    def filters(self) -> tuple[int, ...]:
        """Filters of each contraction."""
        return (8, 4) if self.shape[2] == 1 else (32, 64, 128)

    @property
    def code_dim(self) -> int:
        """Dimensions of the code."""
        return 32 if self.shape[2] == 1 else 128

    @property
    def side(self) -> int:
        """Height and width of the padded images."""
        multiple: int = 2 ** len(self.filters)
        return -(-max(self.shape[:2]) // multiple) * multiple

    @property
    def normalises_code(self) -> bool:
        """Whether the autoencoder has batch norm after the code: on colour images, in the authors' code."""
        return self.shape[2] != 1


class Encoder(nn.Module):
    """Images (n, c, h, w) -> codes (n, code_dim). No layer adds a constant: it could give the trivial solution."""

    def __init__(self, layout: Layout, *, bias: bool = False) -> None:
        super().__init__()
        self.layout = layout
        channels = (layout.shape[2], *layout.filters)
        pairs = list(itertools.pairwise(channels))
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, KERNEL, padding="same", bias=bias) for a, b in pairs)
        self.norms = nn.ModuleList(BatchNorm(b, eps=EPSILON, affine=bias) for _, b in pairs)
        flat = channels[-1] * (layout.side >> len(pairs)) ** 2
        self.code = nn.Linear(flat, layout.code_dim, bias=bias)

    def moments(self, images: Tensor) -> Moments | None:
        """Return what `forward` may know of training images (n, c, h, w); None where it would not save anything."""
        first = self.convolutions[0]
        if not is_folded(first) or self.norms[0].affine:
            return None
        return moments_of(_padded(images, self.layout.side), KERNEL)

    def forward(self, images: Tensor, moments: Moments | None = None) -> Tensor:
        """Encode; in training, with the moments of these images or without."""
        x = _padded(images, self.layout.side)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            # Pooled before the activation: the same, for one that never falls, at a quarter of the work.
            x = functional.leaky_relu(contracted(x, convolution, norm, moments), self.layout.slope)
            moments = None  # they are the first layer's
        codes: Tensor = self.code(x.flatten(1))
        return codes


class Autoencoder(nn.Module):
    """The encoder and its mirror: images (n, c, h, w) -> images in (0, 1)."""

    def __init__(self, layout: Layout, *, encoder: Encoder | None = None) -> None:
        super().__init__()
        self.layout = layout
        self.encoder = Encoder(layout) if encoder is None else encoder
        self.code_norm = nn.BatchNorm1d(layout.code_dim, eps=EPSILON, affine=False) if layout.normalises_code else None
        self.grid = min(GRID, layout.side >> len(layout.filters))
        while layout.code_dim % self.grid**2:
            self.grid -= 1
        channels = (layout.code_dim // self.grid**2, *reversed(layout.filters))
        pairs = list(itertools.pairwise(channels))
        self.convolutions = nn.ModuleList(
            nn.ConvTranspose2d(a, b, KERNEL, padding=KERNEL // 2, bias=False) for a, b in pairs
        )
        self.norms = nn.ModuleList(BatchNorm(b, eps=EPSILON, affine=False) for _, b in pairs)
        self.image = nn.ConvTranspose2d(channels[-1], layout.shape[2], KERNEL, padding=KERNEL // 2, bias=False)
        if layout.normalises_code:
            gain = nn.init.calculate_gain("leaky_relu")
            for layer in (*self.encoder.convolutions, *self.convolutions, self.image):
                nn.init.xavier_uniform_(layer.weight, gain)

    def moments(self, images: Tensor) -> Moments | None:
        """Return what the encoder may know of training images."""
        return self.encoder.moments(images)

    def forward(self, images: Tensor, moments: Moments | None = None) -> Tensor:
        """Encode and decode."""
        codes = self.encoder(images, moments)
        return self.decode(codes if self.code_norm is None else self.code_norm(codes))

    def errors(self, images: Tensor, moments: Moments | None = None) -> Tensor:
        """Return each image's squared error, summed over pixels: (n, c, h, w) -> (n,)."""
        errors: Tensor = (self(images, moments).float() - images).square().sum(dim=(1, 2, 3))
        return errors

    def decode(self, codes: Tensor) -> Tensor:
        """Return the images that codes stand for."""
        x = functional.leaky_relu(codes.reshape(len(codes), -1, self.grid, self.grid), self.layout.slope)
        side = self.layout.side >> len(self.convolutions)
        double = x.shape[-1] < side
        while 2 * x.shape[-1] < side:
            x = functional.interpolate(x, scale_factor=2)
        for number, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            # Cropped as soon as that can be done evenly, as the authors do: 16 -> 14 pixels, not 8 -> 7.
            x = _cropped(doubled(x, convolution) if double else convolution(x), side << number, evenly=True)
            x = functional.leaky_relu(norm(x), self.layout.slope)
            double = True
        x = torch.sigmoid(doubled(x, self.image))
        height, width, _ = self.layout.shape
        return _cropped(_cropped(x, self.layout.side), height, width)


def _padded(images: Tensor, side: int) -> Tensor:
    """Return images with zeros around them: (n, c, h, w) -> (n, c, side, side)."""
    down, right = side - images.shape[2], side - images.shape[3]
    if not down and not right:
        return images
    return functional.pad(images, (right // 2, right - right // 2, down // 2, down - down // 2))


def _cropped(x: Tensor, height: int, width: int | None = None, *, evenly: bool = False) -> Tensor:
    """Return the middle of a feature map; if `evenly`, as it is where one side would lose more than the other."""
    width = height if width is None else width
    down, right = x.shape[2] - height, x.shape[3] - width
    if (evenly and (down % 2 or right % 2)) or (down <= 0 and right <= 0):
        return x
    return x[:, :, down // 2 : down // 2 + height, right // 2 : right // 2 + width]
