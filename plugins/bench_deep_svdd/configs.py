"""The parameters of each detector: fields with bounds, a default and a line of documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt

Epochs = Annotated[int, Ge(1), "Passes over the training images."]
WeightDecay = Annotated[float, Ge(0), "lambda of lambda/2 ||W||^2, added to the loss."]
DropEpoch = Annotated[int, Ge(1), "With `schedule` = drop: epochs at the full learning rate; then a tenth."]


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """What all have: images, network, steps."""

    contrast: Annotated[
        Literal["gcn_l1", "none"], "Images after global contrast normalisation and scaling, or as they are."
    ] = "gcn_l1"
    slope: Annotated[float, Ge(0), Lt(1), "Of the leaky ReLU; 0.01 in the authors' code, 0.1 in the paper."] = 0.1
    batch_size: Annotated[int, Ge(1), "Images per step."] = 200
    learning_rate: Annotated[float, Gt(0), "Step size of Adam; of a schedule, its highest."] = 0.01
    schedule: Annotated[
        Literal["constant", "one_cycle", "drop"],
        "The learning rate is constant, climbs and falls to nothing, or is a tenth from `drop_epoch` on.",
    ] = "one_cycle"
    precision: Annotated[Literal["float32", "bfloat16"], "Of the arithmetic in training."] = "float32"
    epochs: Epochs = 8
    drop_epoch: DropEpoch = 50
    weight_decay: WeightDecay = 5e-7


@dataclass(frozen=True, slots=True)
class AutoencoderConfig(NetworkConfig):
    """Parameters of `dcae`."""

    epochs: Epochs = 15
    weight_decay: WeightDecay = 5e-4


@dataclass(frozen=True, slots=True)
class DeepSVDDConfig(NetworkConfig):
    """Parameters of `deep_svdd`."""

    pretrain_epochs: Annotated[int, Ge(0), "Epochs of the encoder in an autoencoder first; 0 = none."] = 0
    pretrain_drop_epoch: Annotated[int, Ge(1), "As `drop_epoch`, of the autoencoder."] = 50
    pretrain_weight_decay: Annotated[float, Ge(0), "As `weight_decay`, of the autoencoder."] = 5e-4
    bias: Annotated[
        bool, "Whether layers add constants, which the method forbids: with a zero centre it collapses."
    ] = False
    centre: Annotated[
        Literal["initial", "zero"], "The mean code of an initial pass, or zero, which the method forbids."
    ] = "initial"


@dataclass(frozen=True, slots=True)
class SoftBoundaryConfig(DeepSVDDConfig):
    """Parameters of `deep_svdd_soft`."""

    nu: Annotated[float, Gt(0), Lt(1), "Share of the training images that may lie outside the sphere."] = 0.1
    warm_up_epochs: Annotated[int, Ge(0), "Epochs before the radius is first set."] = 2
    radius: Annotated[
        Literal["batch", "epoch"],
        "Set from each batch, as the authors' PyTorch code; or every `radius_epochs` from all images, as the paper.",
    ] = "batch"
    radius_epochs: Annotated[int, Ge(1), "With `radius` = epoch: how often it is set."] = 5
