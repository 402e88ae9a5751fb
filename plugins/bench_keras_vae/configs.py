"""The parameters of each detector: fields with bounds, a default and a line of documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

Block = Annotated[
    Literal["strided", "lenet"],
    "A contraction: a 3 x 3 convolution of stride 2, or 5 x 5, batch norm and max-pooling as Ruff et al. (2018).",
]
Filters = Annotated[
    tuple[Annotated[int, Ge(1)], ...], MinLen(1), "Filters of each contraction; each halves height and width."
]
Activation = Annotated[
    Literal["relu", "leaky_relu", "elu", "gelu", "swish"], "After every convolution; leaky_relu has slope 0.01."
]
LatentDim = Annotated[int, Ge(1), "Dimensions of the code; of a spatial code, those of each superpixel."]
Epochs = Annotated[int, Ge(1), "Passes over the training images."]
BatchSize = Annotated[int, Ge(1), "Images per step."]
LearningRate = Annotated[float, Gt(0), "Step size of Adam; of a schedule, its highest."]
Schedule = Annotated[
    Literal["constant", "one_cycle", "drop"],
    "The learning rate is constant, climbs and falls to nothing, or is a tenth from `drop_epoch` on.",
]
DropEpoch = Annotated[int, Ge(1), "With `schedule` = drop: epochs at the full learning rate."]
WeightDecay = Annotated[float, Ge(0), "lambda of lambda/2 ||W||^2, summed over all kernels, added to the loss."]
Weight = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, slots=True)
class CodeConfig:
    """What every detector of this plugin has: an encoder and a training."""

    block: Block = "strided"
    filters: Filters = (32, 64)
    activation: Activation = "relu"
    attention: Annotated[
        Literal["none", "add", "concat"], "Self-attention in the encoder: added to its input, or put beside it."
    ] = "none"
    attention_side: Annotated[
        int, Ge(1), "Attention stands after the first contraction that leaves at most this many rows and columns."
    ] = 8
    latent: Annotated[
        Literal["vector", "spatial"], "One code an image, or one a superpixel: x, y and channels stay apart."
    ] = "vector"
    latent_dim: LatentDim = 16
    epochs: Epochs = 20
    batch_size: BatchSize = 128
    learning_rate: LearningRate = 1e-3
    schedule: Schedule = "constant"
    drop_epoch: DropEpoch = 50
    weight_decay: WeightDecay = 0.0
    patience: Annotated[
        int, Ge(0), "Stop after so many epochs in which the training loss fell no further; 0 = never."
    ] = 0


@dataclass(frozen=True, slots=True)
class AutoencoderConfig(CodeConfig):
    """What the detectors with a decoder have besides."""

    balance: Annotated[
        Literal["fixed", "value", "gradient"],
        "Before they are weighed, the terms of the loss are left alone, made alike in value, or in gradient norm.",
    ] = "fixed"
    corruption: Annotated[
        Literal["none", "gaussian", "mask", "salt_pepper", "affine"],
        "Done to the image that goes in; the clean one is to come out.",
    ] = "none"
    corruption_strength: Annotated[
        float,
        Gt(0),
        Le(1),
        "Deviation of the noise; sides of the masked rectangle; share of the pixels; turn, in right angles.",
    ] = 0.2


@dataclass(frozen=True, slots=True)
class VAEConfig(AutoencoderConfig):
    """Parameters of `vae`."""

    weight: Annotated[Weight, "Share of the KL divergence in the loss; the rest is reconstruction."] = 0.1


@dataclass(frozen=True, slots=True)
class OneClassVAEConfig(AutoencoderConfig):
    """Parameters of `ocvae`."""

    weight: Annotated[Weight, "Share of the distance to the centre in the loss; the rest is reconstruction."] = 0.05
    posterior: Annotated[
        Literal["unit", "learned"],
        "Noise of the code: of variance 1, or of a learnt variance that the KL divergence keeps from vanishing.",
    ] = "unit"
    centre: Annotated[
        Literal["fixed", "epoch"], "Where an initial pass places it, or moved to the codes' barycentre every epoch."
    ] = "epoch"


@dataclass(frozen=True, slots=True)
class OCNNConfig(CodeConfig):
    """Parameters of `ocnn`."""

    block: Block = "lenet"
    filters: Filters = (8, 4)
    activation: Activation = "leaky_relu"
    latent_dim: LatentDim = 32
    epochs: Epochs = 15
    batch_size: BatchSize = 200
    learning_rate: LearningRate = 3e-3
    schedule: Schedule = "one_cycle"
    weight_decay: WeightDecay = 5e-7
    contrast: Annotated[
        Literal["none", "gcn_l1"],
        "Images are taken as they are, or after global contrast normalisation and scaling as Ruff et al. (2018).",
    ] = "gcn_l1"
    pretrain_epochs: Annotated[int, Ge(0), "Epochs of the encoder in an autoencoder first; 0 = none."] = 0
    pretrain_drop_epoch: Annotated[int, Ge(1), "With `schedule` = drop: as `drop_epoch`, of the autoencoder."] = 50
    pretrain_weight_decay: Annotated[float, Ge(0), "As `weight_decay`, of the autoencoder."] = 5e-4


@dataclass(frozen=True, slots=True)
class YotoConfig(AutoencoderConfig):
    """Parameters of `yoto_ocvae`."""

    epochs: Epochs = 14
    learning_rate: LearningRate = 2e-3
    lowest_weight: Annotated[float, Gt(0), Le(1), "Weights are drawn log-uniformly from here ..."] = 0.005
    highest_weight: Annotated[float, Gt(0), Le(1), "... to here."] = 0.5
    weights: Annotated[
        tuple[Annotated[float, Gt(0), Le(1)], ...], MinLen(1), "The weights it scores at, a rule each."
    ] = (0.01, 0.02, 0.05, 0.1, 0.2)
    film_units: Annotated[int, Ge(1), "Hidden units between the weight and the networks' scales and shifts."] = 64

    def __post_init__(self) -> None:
        if self.block == "strided" and len(self.filters) < 2:
            raise ValueError("filters must name two contractions or more: the decoder hears the weight between them")
        outside = [w for w in self.weights if not self.lowest_weight <= w <= self.highest_weight]
        if outside or self.lowest_weight >= self.highest_weight:
            raise ValueError(
                f"weights must lie between lowest_weight and highest_weight ({self.lowest_weight:g} to"
                f" {self.highest_weight:g}); got {', '.join(f'{w:g}' for w in self.weights)}"
            )
        if len({f"{w:g}" for w in self.weights}) < len(self.weights):
            raise ValueError("weights must not name one twice")
