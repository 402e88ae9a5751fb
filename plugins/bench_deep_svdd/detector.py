"""What the detectors of this plugin share: a network of the paper's layout, on images of one contrast."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import torch

from bench_deep_svdd.networks import Layout
from bench_deep_svdd.training import as_tensor
from bench_toolkit.network_detector import NetworkDetector
from benchmark.preprocessing import Contrast

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark import FitContext, Images


class LeNetDetector(NetworkDetector):
    """A network whose images have the contrast that the training images were given.

    A subclass gives `build`, `train` and `score`.
    """

    @abstractmethod
    def train(self, images: Tensor, context: FitContext) -> None:
        """Train the network on prepared images (n, h, w, c)."""

    @property
    def layout(self) -> Layout:
        """How large the network is."""
        return Layout(self.shape, self.config.slope)

    @property
    def contrast(self) -> Contrast | None:
        """The contrast of the training images; None where images are taken as they are."""
        if "contrast" not in self.values:
            return None
        lowest, highest = (float(bound) for bound in self.values["contrast"])
        return Contrast(lowest, highest)

    def learn(self, images: Images, context: FitContext) -> None:
        """Measure the contrast, if it is asked for, and train."""
        if self.config.contrast == "gcn_l1":
            contrast = Contrast.of(images)
            self.values["contrast"] = torch.tensor([contrast.lowest, contrast.highest], dtype=torch.float64)
        self.train(self.ready(images), context)

    def ready(self, images: Images) -> Tensor:
        """Return images from the harness as the network wants them: a tensor (n, h, w, c)."""
        _ = self.network  # or NotFitted
        contrast = self.contrast
        return as_tensor(images if contrast is None else contrast.applied(images), self.device)
