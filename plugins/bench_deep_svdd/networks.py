"""The LeNet-type networks of Ruff et al. (2018), layer by layer: an encoder, and a decoder for the autoencoder.

Source: section 4 of the paper, and the layers of the authors' PyTorch code for MNIST (28 x 28 x 1) and CIFAR-10
(32 x 32 x 3). `fast_forward.py` computes the same networks faster on a processor.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import nn

if TYPE_CHECKING:
    from typing import TypeAlias

    ImageShape: TypeAlias = tuple[int, int, int]
    DecoderInit: TypeAlias = Literal["output_channels", "input_channels"]

KERNEL = 5
EPSILON = 1e-4
GRID = 4
"""Height and width of the decoder's first maps, where the images are large enough."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The sizes of the networks for images of a shape (h, w, c), and the slope of the leaky ReLU.

    Grey images get the authors' layout for MNIST, others the layout for CIFAR-10. Images of other sizes are padded with
    zeros to a square that can be halved once for each convolution.
    """

    shape: ImageShape
    slope: float

    @property
    def is_grey(self) -> bool:
        """Whether the images have one channel."""
        return self.shape[2] == 1

    @property
    def filters(self) -> tuple[int, ...]:
        """Filters of each convolution of the encoder."""
        return (8, 4) if self.is_grey else (32, 64, 128)

    @property
    def code_dim(self) -> int:
        """Dimensions of the code."""
        return 32 if self.is_grey else 128

    @property
    def side(self) -> int:
        """Height and width of the padded images, in pixels."""
        multiple: int = 2 ** len(self.filters)
        return -(-max(self.shape[:2]) // multiple) * multiple

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Rows and columns of zeros around an image: (left, right, top, bottom)."""
        down, right = self.side - self.shape[0], self.side - self.shape[1]
        return right // 2, right - right // 2, down // 2, down - down // 2


def encoder(layout: Layout, *, bias: bool = False) -> nn.Sequential:
    """Return the encoder: images (n, c, h, w) -> codes (n, code_dim).

    With `bias`, every layer adds a learnt constant. The method forbids it, because the network could then map every
    image to the centre (section 3.3).
    """
    layers: list[nn.Module] = [nn.ZeroPad2d(layout.padding)]  # (0, 0, 0, 0) for 28 x 28 x 1 and 32 x 32 x 3
    for given, filters in itertools.pairwise((layout.shape[2], *layout.filters)):
        layers += [
            nn.Conv2d(given, filters, KERNEL, padding=KERNEL // 2, bias=bias),
            nn.BatchNorm2d(filters, eps=EPSILON, affine=bias),
            nn.LeakyReLU(layout.slope),
            nn.MaxPool2d(2),
        ]
    side = layout.side >> len(layout.filters)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(filters * side**2, layout.code_dim, bias=bias))


def decoder(layout: Layout, init: DecoderInit = "output_channels") -> nn.Sequential:
    """Return the decoder: codes (n, code_dim) -> images (n, c, h, w) in (0, 1).

    The weights of its convolutions begin uniform in +-1 / sqrt(25 channels), where 25 is the size of a kernel.

    Parameters
    ----------
    init : str
        `output_channels`: those that the convolution returns, PyTorch's default since version 1.0. `input_channels`:
        those that it takes, as in version 0.4.1, which the authors' code was written for. Both draw the same random
        numbers.
    """
    size = _first_size(layout)
    target = layout.side >> len(layout.filters)
    channels = (layout.code_dim // size**2, *reversed(layout.filters))

    layers: list[nn.Module] = [] if layout.is_grey else [nn.BatchNorm1d(layout.code_dim, eps=EPSILON, affine=False)]
    layers += [nn.Unflatten(1, (channels[0], size, size)), nn.LeakyReLU(layout.slope)]
    while size < target:
        layers.append(nn.Upsample(scale_factor=2))
        size *= 2
    for given, filters in itertools.pairwise(channels):
        # Cropped to the target as soon as both sides lose the same, as in the authors' code: 16 -> 14, but not 8 -> 7.
        crop = 0 if (size - target) % 2 else (size - target) // 2
        layers += [
            nn.ConvTranspose2d(given, filters, KERNEL, padding=KERNEL // 2 + crop, bias=False),
            nn.BatchNorm2d(filters, eps=EPSILON, affine=False),
            nn.LeakyReLU(layout.slope),
            nn.Upsample(scale_factor=2),
        ]
        size, target = 2 * (size - 2 * crop), 2 * target
    last = nn.ConvTranspose2d(filters, layout.shape[2], KERNEL, padding=KERNEL // 2, bias=False)
    left, right, top, bottom = layout.padding
    network = nn.Sequential(*layers, last, nn.Sigmoid(), nn.ZeroPad2d((-left, -right, -top, -bottom)))
    if init == "input_channels":
        with torch.no_grad():
            for layer in network:
                if isinstance(layer, nn.ConvTranspose2d):
                    layer.weight *= math.sqrt(layer.out_channels / layer.in_channels)
    return network


def autoencoder(encoder: nn.Sequential, layout: Layout, decoder_init: DecoderInit = "output_channels") -> nn.Sequential:
    """Return the encoder and a new decoder: images (n, c, h, w) -> images (n, c, h, w).

    For colour images the convolutions of both, also those of an encoder that exists, begin with Xavier weights, as in
    the authors' code, and `decoder_init` makes no difference.
    """
    network = nn.Sequential(encoder, decoder(layout, decoder_init))
    if not layout.is_grey:
        gain = nn.init.calculate_gain("leaky_relu")
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.xavier_uniform_(layer.weight, gain)
    return network


def _first_size(layout: Layout) -> int:
    """Return the height and width of the decoder's first maps: at most 4, and its square divides the code."""
    size = min(GRID, layout.side >> len(layout.filters))
    while layout.code_dim % size**2:
        size -= 1
    return size
