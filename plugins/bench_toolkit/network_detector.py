"""A base of detectors around one PyTorch network: fitting on a device, counting parameters, saving and loading."""

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
    """A network, and the few tensors that scoring needs in addition.

    A subclass defines `build`, `learn` and `score`.

    Attributes
    ----------
    name : str
        For messages.
    config : object
        The parameters: an instance of the detector's config class.
    device : str
        Where the network and the tensors that it computes with are, such as "cpu".
    shape : tuple of int
        (h, w, c) of the training images.
    values : dict of str to tensor
        What scoring needs in addition to the network; empty when a fit begins, saved with the network.
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
        """Return an untrained network for images of `self.shape`, (h, w, c)."""

    @abstractmethod
    def learn(self, images: Images, context: FitContext) -> None:
        """Train `self.network` on `self.device`, and set `self.values`.

        Parameters
        ----------
        images : ndarray of float32, shape (n, h, w, c)
            Normal images, in [0, 1], read-only.
        context : FitContext
            To report progress.
        """

    @property
    def network(self) -> Any:
        """The network.

        Raises
        ------
        NotFitted
            If neither `fit` nor `load` has been called.
        """
        self.require_fitted()
        return self._network

    def require_fitted(self) -> None:
        """Raise NotFitted if neither `fit` nor `load` has been called."""
        if self._network is None:
            raise NotFitted(f"{self.name!r} must be fitted before it can score")

    def fit(self, images: Images, context: FitContext) -> None:
        """Train on normal images, float32, shape (n, h, w, c)."""
        self.device = context.device
        height, width, channels = images.shape[1:]
        self._start((height, width, channels))
        self.learn(images, context)

    def facts(self) -> dict[str, float | str]:
        """Return the number of trained parameters."""
        if self._network is None:
            return {}
        return {"parameters": float(sum(parameter.numel() for parameter in self.network.parameters()))}

    def save(self, folder: Path) -> None:
        """Write the network and the values as `model.pt`, which holds only tensors."""
        state = {f"{NETWORK}{name}": value for name, value in self.network.state_dict().items()}
        state |= {f"{VALUE}{name}": value for name, value in self.values.items()}
        torch.save({**state, "shape": torch.tensor(self.shape)}, folder / "model.pt")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        state = torch.load(folder / "model.pt", map_location=self.device, weights_only=True)
        height, width, channels = (int(size) for size in state["shape"])
        self._start((height, width, channels))
        self.network.load_state_dict(_with_prefix(NETWORK, state))
        self.network.eval()
        self.values = _with_prefix(VALUE, state)

    def _start(self, shape: tuple[int, int, int]) -> None:
        """Replace what an earlier fit left by an untrained network for images of a shape."""
        self.shape, self.values = shape, {}
        self._network = to_device(self.build(), self.device)


def to_device(network: nn.Module, device: str) -> Any:
    """Return a network moved to a device, its kernels channels last in memory, as the images are."""
    moved: Any = network.to(device)
    return moved.to(memory_format=torch.channels_last)


def _with_prefix(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the entries whose name begins with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
