"""What the detectors of this plugin share: the paper's networks, on images of normalised contrast."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import torch

from bench_deep_svdd.fast_forward import fast_forward
from bench_deep_svdd.networks import Layout
from bench_deep_svdd.training import as_tensor
from bench_toolkit.network_detector import NetworkDetector
from benchmark.preprocessing import Contrast

if TYPE_CHECKING:
    from torch import Tensor, nn

    from bench_deep_svdd.patch_moments import PatchMoments
    from benchmark import FitContext, Images


def forward(network: nn.Sequential, images: Tensor, moments: PatchMoments | None = None) -> Tensor:
    """Return `network(images)`. Every forward pass of this plugin is a call of this function.

    It takes the fast path. The plain path, `return network(images)`, gives the same up to rounding.
    """
    return fast_forward(network, images, moments)


def squared_errors(autoencoder: nn.Sequential, images: Tensor, moments: PatchMoments | None = None) -> Tensor:
    """Return ||x - dec(phi(x))||^2 of each image, a sum over its pixels: (n, c, h, w) -> (n,)."""
    errors: Tensor = (forward(autoencoder, images, moments).float() - images).square().sum(dim=(1, 2, 3))
    return errors


class LeNetDetector(NetworkDetector):
    """One of the paper's networks. New images get the contrast that the training images were given.

    A subclass defines `build`, `train` and `score`.
    """

    @abstractmethod
    def build(self) -> nn.Sequential:
        """Return an untrained network of `networks.py` for `self.layout`: images (n, c, h, w) -> (n, ...)."""

    @abstractmethod
    def train(self, images: Tensor, context: FitContext) -> None:
        """Train `self.network`, and set in `self.values` what scoring needs in addition.

        Parameters
        ----------
        images : tensor of float32, shape (n, h, w, c)
            As `prepare` returns them, on `self.device`.
        context : FitContext
            To report each epoch.
        """

    @property
    def layout(self) -> Layout:
        """The sizes of the network."""
        return Layout(self.shape, self.config.slope)

    @property
    def contrast(self) -> Contrast | None:
        """The contrast of the training images; None where images are taken as they are."""
        if "contrast" not in self.values:
            return None
        lowest, highest = (float(bound) for bound in self.values["contrast"])
        return Contrast(lowest, highest)

    def learn(self, images: Images, context: FitContext) -> None:
        """Measure the contrast, if the config asks for it, and train."""
        if self.config.contrast == "gcn_l1":
            contrast = Contrast.of(images)
            self.values["contrast"] = torch.tensor([contrast.lowest, contrast.highest], dtype=torch.float64)
        self.train(self.prepare(images), context)

    def prepare(self, images: Images) -> Tensor:
        """Return images from the harness as the network takes them: a float32 tensor (n, h, w, c) on the device."""
        self.require_fitted()
        contrast = self.contrast
        return as_tensor(images if contrast is None else contrast.applied(images), self.device)
