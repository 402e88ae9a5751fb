"""The parameters of each detector: fields with bounds, a default and a line of documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt

Epochs = Annotated[int, Ge(0), "Passes over the training images; 0 = the network as initialised from the seed."]
WeightDecay = Annotated[float, Ge(0), "lambda of lambda/2 ||W||^2, added to the loss."]
DropEpoch = Annotated[int, Ge(1), "With `schedule` = drop: epochs at the full learning rate; then a tenth."]


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The parameters that all detectors of this plugin have."""

    contrast: Annotated[
        Literal["gcn_l1", "none"], "Global contrast normalisation and scaling of the images, or none."
    ] = "gcn_l1"
    decoder_init: Annotated[
        Literal["output_channels", "input_channels"],
        "Channels in the bound of the decoder's initial weights, 1 / sqrt(25 channels): of the output, as PyTorch does"
        " since 1.0, or of the input, as 0.4.1 did. Grey images only: colour images begin with Xavier weights.",
    ] = "output_channels"
    slope: Annotated[float, Ge(0), Lt(1), "Slope of the leaky ReLU; 0.01 in the authors' code, 0.1 in the paper."] = 0.1
    batch_size: Annotated[int, Ge(1), "Images per step."] = 200
    learning_rate: Annotated[float, Gt(0), "Step size of Adam; the highest of a schedule."] = 0.01
    schedule: Annotated[
        Literal["constant", "one_cycle", "drop"],
        "The learning rate is constant, rises and falls to zero, or is a tenth after `drop_epoch` epochs.",
    ] = "one_cycle"
    precision: Annotated[Literal["float32", "bfloat16"], "Precision of the arithmetic in training."] = "float32"
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

    pretrain_epochs: Annotated[int, Ge(0), "Epochs that the encoder is first trained in an autoencoder; 0 = none."] = 0
    pretrain_drop_epoch: Annotated[int, Ge(1), "`drop_epoch` of the autoencoder."] = 50
    pretrain_weight_decay: Annotated[float, Ge(0), "`weight_decay` of the autoencoder."] = 5e-4
    bias: Annotated[
        bool, "Whether layers have biases. The method forbids them: with a zero centre the training collapses."
    ] = False
    centre: Annotated[
        Literal["initial", "zero"],
        "initial: the mean code of an initial pass, moved from zero by `centre_margin`. zero: the method forbids it.",
    ] = "initial"
    centre_margin: Annotated[
        float,
        Ge(0),
        "With `centre` = initial: coordinates nearer to zero than this are moved to it, with their sign. Without"
        " pretraining, at 0.1, these are all coordinates. 0 = none is moved.",
    ] = 0.1


@dataclass(frozen=True, slots=True)
class SoftBoundaryConfig(DeepSVDDConfig):
    """Parameters of `deep_svdd_soft`."""

    nu: Annotated[float, Gt(0), Lt(1), "Share of the training images that may be outside the sphere."] = 0.1
    warm_up_epochs: Annotated[int, Ge(0), "Epochs before the radius is first set."] = 2
    radius: Annotated[
        Literal["batch", "epoch"],
        "Set from each batch, as in the authors' PyTorch code; or from all images, as in the paper.",
    ] = "batch"
    radius_epochs: Annotated[int, Ge(1), "With `radius` = epoch: epochs between two settings of the radius."] = 5
