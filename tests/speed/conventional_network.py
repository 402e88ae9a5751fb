"""The networks of Ruff et al. (2018) for MNIST, layer by layer as they are described: no step folded or reordered."""

from torch import nn

SLOPE = 0.01


def encoder() -> nn.Sequential:
    """Images (n, 1, 28, 28) -> codes (n, 32)."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2, bias=False),  # (n, 8, 28, 28)
        nn.BatchNorm2d(8, eps=1e-4, affine=False),
        nn.LeakyReLU(SLOPE),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 4, 5, padding=2, bias=False),  # (n, 4, 14, 14)
        nn.BatchNorm2d(4, eps=1e-4, affine=False),
        nn.LeakyReLU(SLOPE),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * 7 * 7, 32, bias=False),
    )


def decoder() -> nn.Sequential:
    """Codes (n, 32) -> images (n, 1, 28, 28) in (0, 1)."""
    return nn.Sequential(
        nn.Unflatten(1, (2, 4, 4)),
        nn.LeakyReLU(SLOPE),
        nn.Upsample(scale_factor=2),
        nn.ConvTranspose2d(2, 4, 5, padding=2, bias=False),  # (n, 4, 8, 8)
        nn.BatchNorm2d(4, eps=1e-4, affine=False),
        nn.LeakyReLU(SLOPE),
        nn.Upsample(scale_factor=2),
        nn.ConvTranspose2d(4, 8, 5, padding=3, bias=False),  # (n, 8, 14, 14)
        nn.BatchNorm2d(8, eps=1e-4, affine=False),
        nn.LeakyReLU(SLOPE),
        nn.Upsample(scale_factor=2),
        nn.ConvTranspose2d(8, 1, 5, padding=2, bias=False),  # (n, 1, 28, 28)
        nn.Sigmoid(),
    )
