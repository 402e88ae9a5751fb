"""The parameters of each detector: fields with bounds, a default and a line of documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

ExplainedVariance = Annotated[
    float, Gt(0), Le(1), "Share of the training images' variance that the kept components explain."
]


@dataclass(frozen=True, slots=True)
class PcaConfig:
    """Parameters of `pca`."""

    explained_variance: ExplainedVariance = 0.95


@dataclass(frozen=True, slots=True)
class FeaturesConfig:
    """Parameters that the detectors on principal components share."""

    contrast: Annotated[
        Literal["gcn_l1", "none"], "gcn_l1: global contrast normalisation, then scaling to [0, 1]; none: no change."
    ] = "none"
    explained_variance: ExplainedVariance = 0.95


@dataclass(frozen=True, slots=True)
class OcsvmConfig(FeaturesConfig):
    """Parameters of `ocsvm`."""

    nu: Annotated[float, Gt(0), Le(1), "Share of the training images that may lie outside the boundary."] = 0.1
    gamma: Annotated[
        Annotated[float, Gt(0)] | Literal["scale"],
        "gamma of the kernel exp(-gamma ||a - b||^2), above 0; scale: 1 / total variance of the training features.",
    ] = "scale"


@dataclass(frozen=True, slots=True)
class KdeConfig(FeaturesConfig):
    """Parameters of `kde`."""

    bandwidth: Annotated[
        Annotated[float, Ge(1e-6), Le(1e6)] | Literal["cross_validated"],
        "Standard deviation of the kernel, 1e-6 to 1e6; cross_validated: chosen by the likelihood of held-out images.",
    ] = "cross_validated"
    lowest_exponent: Annotated[float, Ge(-19), Le(19), "The smallest bandwidth to try is 2 to this power."] = -4.5
    highest_exponent: Annotated[float, Ge(-19), Le(19), "The largest bandwidth to try is 2 to this power."] = 5.0
    grid_size: Annotated[int, Ge(2), "Number of bandwidths to try; their logarithms are evenly spaced."] = 20
    folds: Annotated[
        int, Ge(2), "Number of parts of the training images, each held out once; at most one per image."
    ] = 5

    def __post_init__(self) -> None:
        if self.lowest_exponent >= self.highest_exponent:
            raise ValueError(
                f"lowest_exponent must be below highest_exponent; got {self.lowest_exponent:g} and"
                f" {self.highest_exponent:g}"
            )


@dataclass(frozen=True, slots=True)
class IforestConfig(FeaturesConfig):
    """Parameters of `iforest`."""

    trees: Annotated[int, Ge(1), "Number of trees."] = 100
    samples: Annotated[int, Ge(1), "Number of training images for each tree; all if there are fewer."] = 256
