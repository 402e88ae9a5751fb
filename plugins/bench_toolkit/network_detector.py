"""What detectors around one PyTorch network share: fitting on a device, counting parameters, saving and loading."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from benchmark import Detector, NotFitted

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark import FitContext, Images

NETWORK, VALUE = "network.", "value."


class NetworkDetector(Detector):
    """A network, and the few tensors that scoring needs besides.

    A subclass gives `build`, `learn` and `score`.

    Attributes
    ----------
    name : str
        For messages.
    shape : tuple of int
        (h, w, c) of the training images.
    values : dict of str to tensor
        What scoring needs besides the network; empty when a fit begins, saved with the network.
    """

    name: str
    shape: tuple[int, int, int]

    def __init__(self, config: Any) -> None:
        self.config = config
        self.device = "cpu"
        self.values: dict[str, Tensor] = {}
        self._network: Any = None

    @abstractmethod
    def build(self) -> nn.Module:
        """Return an untrained network for images of `self.shape`."""

    @abstractmethod
    def learn(self, images: Images, context: FitContext) -> None:
        """Train the network, on the CPU or where `self.device` says, and set `self.values`."""

    @property
    def network(self) -> Any:
        """The network.

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
        height, width, channels = images.shape[1:]
        self._begin((height, width, channels))
        self.learn(images, context)

    def facts(self) -> dict[str, float | str]:
        """Return the number of trained parameters."""
        if self._network is None:
            return {}
        return {"parameters": float(sum(parameter.numel() for parameter in self.network.parameters()))}

    def save(self, folder: Path) -> None:
        """Write the network and the values as `model.pt`, which holds tensors alone."""
        state = {f"{NETWORK}{name}": value for name, value in self.network.state_dict().items()}
        state |= {f"{VALUE}{name}": value for name, value in self.values.items()}
        torch.save({**state, "shape": torch.tensor(self.shape)}, folder / "model.pt")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        state = torch.load(folder / "model.pt", map_location=self.device, weights_only=True)
        height, width, channels = (int(side) for side in state["shape"])
        self._begin((height, width, channels))
        self.network.load_state_dict(_under(NETWORK, state))
        self.network.eval()
        self.values = _under(VALUE, state)

    def _begin(self, shape: tuple[int, int, int]) -> None:
        self.shape, self.values = shape, {}
        self._network = placed(self.build(), self.device)


def placed(network: nn.Module, device: str) -> Any:
    """Return a network on a device, its kernels laid out as images are in memory: channels last."""
    there: Any = network.to(device)
    return there.to(memory_format=torch.channels_last)


def _under(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
