"""The parameters of each detector: fields with bounds, a default and a line of documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """What all have: a residual network, and how it is trained."""

    filters: Annotated[
        tuple[Annotated[int, Ge(1)], ...], MinLen(1), "Filters of each stage; each but the first halves the maps."
    ] = (16, 32, 64)
    blocks: Annotated[int, Ge(1), "Residual blocks in each stage, two convolutions each."] = 1
    stem_stride: Annotated[int, Ge(1), "Of the first convolution."] = 2
    steps: Annotated[int, Ge(1), "Steps of training."] = 1_500
    batch_size: Annotated[int, Ge(2), "Images per step, each under one of the transformations."] = 256
    learning_rate: Annotated[float, Gt(0), "Step size of Adam; of a schedule, its highest."] = 3e-3
    schedule: Annotated[
        Literal["constant", "one_cycle"], "The learning rate is constant, or climbs and falls to nothing."
    ] = "one_cycle"
    weight_decay: Annotated[float, Ge(0), "lambda of lambda/2 ||W||^2, added to the loss."] = 0.0
    precision: Annotated[Literal["float32", "bfloat16"], "Of the network's arithmetic."] = "float32"


@dataclass(frozen=True, slots=True)
class RotationConfig(NetworkConfig):
    """Parameters of `rotnet`."""

    flips: Annotated[bool, "Whether half of the images are trained on as in a mirror."] = False
    shift: Annotated[int, Ge(0), "Pixels by which they are moved at most, up or down and left or right."] = 4


@dataclass(frozen=True, slots=True)
class GeometricConfig(NetworkConfig):
    """Parameters of `geom`."""

    steps: Annotated[int, Ge(0), "Steps of training; 0 = as many as `epochs` takes."] = 500
    epochs: Annotated[int, Ge(1), "With `steps` = 0: how often every image is seen under every transformation."] = 3

    dirichlet_images: Annotated[
        int, Ge(0), "Training images that the Dirichlet distributions are fitted to; 0 = all."
    ] = 1_000


@dataclass(frozen=True, slots=True)
class RotationVAEConfig(NetworkConfig):
    """Parameters of `rotation_vae`."""

    steps: Annotated[int, Ge(1), "Steps of training."] = 1_000
    batch_size: Annotated[int, Ge(2), "Images per step, each under one of the four turns."] = 128

    rotation_weight: Annotated[float, Ge(0), Le(1), "Share of the turn's cross-entropy in the loss."] = 0.5
    weight: Annotated[
        float, Ge(0), Le(1), "Share of the distance to the centre in the rest; what is left is reconstruction."
    ] = 0.05
    balance: Annotated[
        Literal["fixed", "value", "gradient"],
        "Before they are weighed, the terms of the loss are left alone, made alike in value, or in gradient norm.",
    ] = "gradient"
    latent_dim: Annotated[int, Ge(1), "Dimensions of the code."] = 16
    flips: Annotated[bool, "Whether half of the images are trained on as in a mirror."] = False
    shift: Annotated[int, Ge(0), "Pixels by which they are moved at most, up or down and left or right."] = 0
