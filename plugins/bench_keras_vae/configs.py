"""The parameters of each detector: fields with bounds, a default and a line of documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

Block = Annotated[
    Literal["strided", "lenet"],
    "strided: 3 x 3 convolutions of stride 2. lenet: 5 x 5, batch norm and max-pooling (Ruff et al. 2018).",
]
Filters = Annotated[
    tuple[Annotated[int, Ge(1)], ...],
    MinLen(1),
    "Filters of each block of the encoder; a block halves height and width.",
]
Activation = Annotated[
    Literal["relu", "leaky_relu", "elu", "gelu", "swish"],
    "Activation function after every convolution; leaky_relu has slope 0.01.",
]
LatentDim = Annotated[int, Ge(1), "Dimensions of the code; of a spatial code, dimensions of each superpixel."]
Epochs = Annotated[int, Ge(0), "Passes over the training images; 0 = the networks as initialised from the seed."]
BatchSize = Annotated[int, Ge(1), "Images per step."]
LearningRate = Annotated[float, Gt(0), "Learning rate of Adam; with a schedule, its highest value."]
Schedule = Annotated[
    Literal["constant", "one_cycle", "drop"],
    "Learning rate over the training: constant; one_cycle: rises, then falls to 0; drop: a tenth after `drop_epoch`.",
]
DropEpoch = Annotated[int, Ge(1), "With schedule = drop: epochs at the full learning rate."]
WeightDecay = Annotated[float, Ge(0), "The lambda of lambda/2 ||W||^2, which is added to the loss for all kernels W."]
Weight = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, slots=True)
class CodeConfig:
    """Parameters of every detector of this plugin: the encoder and the training."""

    block: Block = "strided"
    filters: Filters = (32, 64)
    activation: Activation = "relu"
    attention: Annotated[
        Literal["none", "add", "concat"],
        "Self-attention in the encoder: its output is added or concatenated to its input.",
    ] = "none"
    attention_side: Annotated[
        int, Ge(1), "Attention follows the first block whose maps have at most this height and width."
    ] = 8
    latent: Annotated[
        Literal["vector", "spatial"], "vector: one code for the image. spatial: one code for each superpixel of a grid."
    ] = "vector"
    latent_dim: LatentDim = 16
    epochs: Epochs = 20
    batch_size: BatchSize = 128
    learning_rate: LearningRate = 1e-3
    schedule: Schedule = "constant"
    drop_epoch: DropEpoch = 50
    weight_decay: WeightDecay = 0.0
    patience: Annotated[int, Ge(0), "Stop when the training loss has not fallen for this many epochs; 0 = never."] = 0


@dataclass(frozen=True, slots=True)
class AutoencoderConfig(CodeConfig):
    """Further parameters of the detectors with a decoder."""

    balance: Annotated[
        Literal["fixed", "value", "gradient"],
        "Factors of the loss terms: fixed at 1, or set so that all terms are equal in value or in gradient norm.",
    ] = "fixed"
    corruption: Annotated[
        Literal["none", "gaussian", "mask", "salt_pepper", "affine"],
        "Corruption of the encoder's input in training (denoising); the target is the clean image.",
    ] = "none"
    corruption_strength: Annotated[
        float,
        Gt(0),
        Le(1),
        "Standard deviation of the noise; side of the masked rectangle; share of pixels; rotation / 90 degrees.",
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
        "Variance of the code's noise: unit: 1. learned: learnt, and kept from vanishing by the KL divergence.",
    ] = "unit"
    centre: Annotated[
        Literal["fixed", "epoch"],
        "The centre is the mean code of an initial pass, or moves to the mean code every epoch.",
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
        "Preprocessing: none, or global contrast normalisation and scaling (Ruff et al. 2018).",
    ] = "gcn_l1"
    pretrain_epochs: Annotated[int, Ge(0), "Epochs of pretraining in an autoencoder; 0 = none."] = 0
    pretrain_drop_epoch: Annotated[int, Ge(1), "As `drop_epoch`, for the pretraining."] = 50
    pretrain_weight_decay: Annotated[float, Ge(0), "As `weight_decay`, for the pretraining."] = 5e-4


@dataclass(frozen=True, slots=True)
class YotoConfig(AutoencoderConfig):
    """Parameters of `yoto_ocvae`."""

    epochs: Epochs = 14
    learning_rate: LearningRate = 2e-3
    lowest_weight: Annotated[float, Gt(0), Le(1), "Lower end of the log-uniform distribution of weights."] = 0.005
    highest_weight: Annotated[float, Gt(0), Le(1), "Upper end of the log-uniform distribution of weights."] = 0.5
    weights: Annotated[
        tuple[Annotated[float, Gt(0), Le(1)], ...], MinLen(1), "The weights to score at; each gives a rule."
    ] = (0.01, 0.02, 0.05, 0.1, 0.2)
    film_units: Annotated[
        int, Ge(1), "Hidden units of the layer that maps the weight to scales and shifts of the networks' maps."
    ] = 64

    def __post_init__(self) -> None:
        if self.block == "strided" and len(self.filters) < 2:
            raise ValueError(
                "filters must have two values or more: the decoder is conditioned on the weight between its blocks"
            )
        outside = [w for w in self.weights if not self.lowest_weight <= w <= self.highest_weight]
        if outside or self.lowest_weight >= self.highest_weight:
            raise ValueError(
                f"weights must lie between lowest_weight and highest_weight ({self.lowest_weight:g} to"
                f" {self.highest_weight:g}); got {', '.join(f'{w:g}' for w in self.weights)}"
            )
        if len({f"{w:g}" for w in self.weights}) < len(self.weights):
            raise ValueError("weights must be distinct")
