"""The conventional pipeline: a Dataset that makes a PIL image of each sample, transforms, a DataLoader. For `Child`."""

import functools
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from conventional_network import decoder, encoder
from mnist import images_of
from PIL import Image
from rounds import Round, serve
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmark.registry import registry


class Digits(Dataset):
    """Images (1, 28, 28), transformed whenever they are asked for; their range is known beforehand."""

    def __init__(self, images: np.ndarray) -> None:
        self.images = torch.from_numpy(images[..., 0].copy())
        contrasts = torch.stack([contrast(as_tensor(Image.fromarray(image.numpy()))) for image in self.images])
        self.lowest, self.highest = float(contrasts.min()), float(contrasts.max())

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        image = Image.fromarray(self.images[index].numpy())
        return (contrast(as_tensor(image)) - self.lowest) / (self.highest - self.lowest)


def as_tensor(image: Image.Image) -> Tensor:
    """Return an image as float32 in [0, 1], shape (1, 28, 28)."""
    return torch.from_numpy(np.array(image)).unsqueeze(0).to(torch.float32) / 255


def contrast(x: Tensor) -> Tensor:
    """Return an image less its mean, over the mean of its absolute value."""
    x = x - x.mean()
    return x / x.abs().mean()


def measure(loader: DataLoader, config) -> Round:
    """Train an autoencoder for an epoch, place the centre, train Deep SVDD for an epoch."""
    network = encoder()
    autoencoder = nn.Sequential(network, decoder())
    optimizer = torch.optim.Adam(
        autoencoder.parameters(), lr=config.learning_rate, weight_decay=config.pretrain_weight_decay
    )
    started = time.perf_counter()
    epoch(autoencoder, loader, optimizer, lambda images: (autoencoder(images) - images).square().sum((1, 2, 3)).mean())
    pretrained = time.perf_counter()
    centre = mean_code(network, loader)
    placed = time.perf_counter()
    optimizer = torch.optim.Adam(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    epoch(network, loader, optimizer, lambda images: (network(images) - centre).square().sum(1).mean())
    ended = time.perf_counter()
    return Round(once=placed - pretrained, autoencoder=pretrained - started, deep_svdd=ended - placed)


def epoch(network: nn.Module, loader: DataLoader, optimizer, loss_of: Callable[[Tensor], Tensor]) -> float:
    """Train for an epoch; return the loss, a mean over its batches."""
    network.train()
    total = 0.0
    for images in loader:
        optimizer.zero_grad()
        loss = loss_of(images)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def mean_code(network: nn.Module, loader: DataLoader) -> Tensor:
    """Return the centre: the mean of all codes, no coordinate nearer to zero than 0.1."""
    network.eval()
    with torch.no_grad():
        centre = torch.cat([network(images) for images in loader]).mean(0)
    return torch.where(centre < 0, centre.clamp(max=-0.1), centre.clamp(min=0.1))


if __name__ == "__main__":
    config = registry().resolve("deep_svdd", {}, preset="paper").config
    digits = Digits(images_of(int(sys.argv[1])))
    serve(functools.partial(measure, DataLoader(digits, batch_size=config.batch_size, shuffle=True), config))
