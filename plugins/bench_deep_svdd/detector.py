"""What the detectors of this plugin share: images made ready, scoring in batches, saving."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from bench_deep_svdd.networks import Layout
from bench_deep_svdd.training import as_tensor
from benchmark import Contrast, Detector, NotFitted

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark import FitContext, Images

__all__ = ["NetworkDetector", "placed"]


class NetworkDetector(Detector):
    """A network, the contrast of its training images, and the few numbers that scoring needs besides.

    A subclass gives `build`, `learn` and `score`.
    """

    name: str

    def __init__(self, config: Any) -> None:
        self.config = config
        self.device = "cpu"
        self.contrast: Contrast | None = None
        self.values: dict[str, Tensor] = {}
        self._network: Any = None

    @abstractmethod
    def build(self, layout: Layout) -> nn.Module:
        """Return an untrained network."""

    @abstractmethod
    def learn(self, images: Tensor, context: FitContext) -> None:
        """Train the network on prepared images (n, h, w, c)."""

    @property
    def network(self) -> Any:
        """The fitted network.

        Raises
        ------
        NotFitted
            If there is none.
        """
        if self._network is None:
            raise NotFitted(f"{self.name!r} must be fitted before it can score")
        return self._network

    def fit(self, images: Images, context: FitContext) -> None:
        """Train on normal images."""
        self.device = context.device
        self._begin(images.shape[1:])
        self.contrast = Contrast.of(images) if self.config.contrast == "gcn_l1" else None
        self.learn(self.ready(images), context)

    def ready(self, images: Images) -> Tensor:
        """Return images from the harness as the network wants them: a tensor (n, h, w, c)."""
        _ = self.network  # or NotFitted
        return as_tensor(images if self.contrast is None else self.contrast.applied(images), self.device)

    def facts(self) -> dict[str, float | str]:
        """Return the number of trained parameters, and what scoring needs besides."""
        if self._network is None:
            return {}
        count = sum(parameter.numel() for parameter in self.network.parameters())
        return {"parameters": float(count)}

    def save(self, folder: Path) -> None:
        """Write the network, the contrast and the values as `model.pt`, which holds tensors alone."""
        bounds = [] if self.contrast is None else [self.contrast.lowest, self.contrast.highest]
        state = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        state |= {f"value.{name}": value for name, value in self.values.items()}
        state |= {"contrast": torch.tensor(bounds, dtype=torch.float64)}
        state |= {"shape": torch.tensor(self.layout.shape)}
        torch.save(state, folder / "model.pt")

    def load(self, folder: Path) -> None:
        """Take back what `save` wrote."""
        state = torch.load(folder / "model.pt", map_location=self.device, weights_only=True)
        height, width, channels = (int(side) for side in state["shape"])
        self._begin((height, width, channels))
        bounds = [float(bound) for bound in state["contrast"]]
        self.contrast = Contrast(*bounds) if bounds else None
        self.network.load_state_dict(_under("network.", state))
        self.network.eval()
        self.values = _under("value.", state)

    def _begin(self, shape: tuple[int, int, int]) -> None:
        self.layout = Layout(shape, self.config.slope)
        self._network = placed(self.build(self.layout), self.device)


def placed(network: nn.Module, device: str) -> Any:
    """Return a network on a device, its kernels laid out as the images are: channels last."""
    there: Any = network.to(device)
    return there.to(memory_format=torch.channels_last)


def _under(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
