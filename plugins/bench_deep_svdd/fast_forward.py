"""The networks of `networks.py`, computed faster on a processor: the same function of the same parameters.

`fast_forward(network, images)` equals `network(images)` up to rounding, in values, gradients and running statistics
(`tests/plugins/bench_deep_svdd/test_fast_forward.py`). It replaces the slow sequences of layers:

- convolution, batch norm, leaky ReLU, max-pooling: `phase_conv.conv_norm_pool`, and the activation after the pooling;
- upsampling and convolution: `phase_conv.upsample_conv`;
- batch norm of few channels: `batch_norm.batch_norm`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from torch import nn

from bench_deep_svdd.batch_norm import batch_norm
from bench_deep_svdd.patch_moments import PatchMoments, patch_moments
from bench_deep_svdd.phase_conv import conv_norm_pool, upsample_conv, uses_phases

if TYPE_CHECKING:
    from torch import Tensor


def fast_forward(network: nn.Sequential, images: Tensor, moments: PatchMoments | None = None) -> Tensor:
    """Return `network(images)`.

    Parameters
    ----------
    network : Sequential
        An encoder, a decoder or an autoencoder of `networks.py`, in training or evaluation mode.
    images : tensor, shape (n, c, h, w)
        Codes, shape (n, code_dim), for a decoder.
    moments : PatchMoments, optional
        `first_layer_moments` of these images, for training mode: the first layer's batch statistics then follow from
        them.
    """
    x, layers = images, list(_layers(network))
    while layers:
        match layers:
            case [nn.ZeroPad2d(padding=(0, 0, 0, 0)), *rest]:
                pass
            case [nn.Conv2d() as conv, nn.BatchNorm2d() as norm, nn.LeakyReLU() as activation, nn.MaxPool2d(), *rest]:
                # The activation never falls, so it may follow the pooling: the same maxima, at a quarter of the work.
                x = activation(conv_norm_pool(x, conv, norm, moments))
                moments = None  # those of the first layer
            case [nn.Upsample(), nn.ConvTranspose2d() as conv, *rest]:
                x = upsample_conv(x, conv)
            case [nn.BatchNorm2d() as norm, *rest]:
                x = batch_norm(x, norm)
            case [layer, *rest]:
                x = layer(x)
        layers = rest
    return x


def first_layer_moments(network: nn.Sequential, images: Tensor) -> PatchMoments | None:
    """Return the patch moments of training images (n, c, h, w), or None where they would save nothing."""
    match list(_layers(network)):
        case [nn.ZeroPad2d() as pad, nn.Conv2d() as conv, nn.BatchNorm2d(affine=False), *_] if uses_phases(conv):
            return patch_moments(pad(images), conv.kernel_size[0])
    return None


def _layers(network: nn.Sequential) -> Iterator[nn.Module]:
    """Yield the layers in order; those of an encoder and a decoder one after the other."""
    for layer in network:
        if isinstance(layer, nn.Sequential):
            yield from _layers(layer)
        else:
            yield layer
