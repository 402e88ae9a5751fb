"""The parameters of each detector: fields with bounds, a default and a line of documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The parameters that all detectors of this plugin have: a residual network and its training."""

    filters: Annotated[
        tuple[Annotated[int, Ge(1)], ...], MinLen(1), "Filters of each stage; each but the first halves the maps."
    ] = (16, 32, 64)
    blocks: Annotated[int, Ge(1), "Residual blocks in each stage, two convolutions each."] = 1
    stem_stride: Annotated[int, Ge(1), "Stride of the first convolution."] = 2
    steps: Annotated[int, Ge(0), "Steps of training; 0 = the network as initialised from the seed."] = 1_500
    batch_size: Annotated[int, Ge(2), "Images per step, each with one of the transformations."] = 256
    learning_rate: Annotated[float, Gt(0), "Step size of Adam; the highest of a schedule."] = 3e-3
    schedule: Annotated[
        Literal["constant", "one_cycle"], "The learning rate is constant, or rises and falls to zero."
    ] = "one_cycle"
    weight_decay: Annotated[float, Ge(0), "lambda of lambda/2 ||W||^2, added to the loss."] = 0.0
    precision: Annotated[Literal["float32", "bfloat16"], "Precision of the network's arithmetic."] = "float32"


@dataclass(frozen=True, slots=True)
class RotationConfig(NetworkConfig):
    """Parameters of `rotnet`."""

    flips: Annotated[bool, "Whether half of the training images are mirrored."] = False
    shift: Annotated[int, Ge(0), "Most pixels that training images are moved by, along each axis."] = 4


@dataclass(frozen=True, slots=True)
class GeometricConfig(NetworkConfig):
    """Parameters of `geom`."""

    steps: Annotated[int, Ge(0), "Steps of training; 0 = as many as `epochs` need."] = 500
    epochs: Annotated[
        int,
        Ge(0),
        "With `steps` = 0: passes over all images and transformations; 0 = the network as initialised.",
    ] = 3

    dirichlet_images: Annotated[
        int, Ge(0), "Training images that the Dirichlet distributions are fitted to; 0 = all."
    ] = 1_000


@dataclass(frozen=True, slots=True)
class RotationVAEConfig(NetworkConfig):
    """Parameters of `rotation_vae`."""

    steps: Annotated[int, Ge(0), "Steps of training; 0 = the network as initialised from the seed."] = 1_000
    batch_size: Annotated[int, Ge(2), "Images per step, each with one of the four turns."] = 128

    rotation_weight: Annotated[float, Ge(0), Le(1), "Weight of the cross-entropy of the turns in the loss."] = 0.5
    weight: Annotated[
        float,
        Ge(0),
        Le(1),
        "Share of the distance to the centre in the rest; the remainder is reconstruction.",
    ] = 0.05
    balance: Annotated[
        Literal["fixed", "value", "gradient"],
        "Before they are weighted, terms of the loss are unchanged, or made equal in value or in gradient norm.",
    ] = "gradient"
    latent_dim: Annotated[int, Ge(1), "Dimensions of the code."] = 16
    flips: Annotated[bool, "Whether half of the training images are mirrored."] = False
    shift: Annotated[int, Ge(0), "Most pixels that training images are moved by, along each axis."] = 0
