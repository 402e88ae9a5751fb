"""The parameters: fields with bounds, a default and a line of documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen

Rule = Literal["gaussian", "ocsvm", "kde", "knn", "lof", "iforest", "random_forest", "xgboost", "dense"]


@dataclass(frozen=True, slots=True)
class HybridConfig:
    """Parameters of `hybrid`."""

    encoder: Annotated[str, "The detector that gives the codes; any that has `embed`."] = "vae"
    encoder_parameters: Annotated[Mapping[str, Any], "Table of its parameters; the others have their defaults."] = (
        field(default_factory=dict)
    )
    heads: Annotated[tuple[Rule, ...], MinLen(1), "The decision rules on the codes; the first one is primary."] = (
        "lof",
        "ocsvm",
        "dense",
        "kde",
        "knn",
        "xgboost",
        "random_forest",
        "gaussian",
        "iforest",
    )
    standardise: Annotated[bool, "Whether to scale each coordinate of the codes to mean 0 and variance 1."] = False
    nu: Annotated[float, Gt(0), Lt(1), "Of `ocsvm`: share of the training images that may lie outside."] = 0.1
    gamma: Annotated[float, Gt(0), Le(1e6), "Of `ocsvm`: the kernel is exp(-gamma ||a - b||^2 / total variance)."] = 8.0
    neighbours: Annotated[int, Ge(1), "Of `knn` and `lof`: number of neighbours; fewer if there are fewer images."] = 10
    trees: Annotated[int, Ge(1), "Of `iforest`, `random_forest` and `xgboost`: number of trees."] = 100
    reference: Annotated[
        Literal["gaussian", "uniform", "shuffled"],
        "Reference sample of the classifiers: from a Gaussian, uniform, or codes with shuffled coordinates.",
    ] = "gaussian"
    reference_ratio: Annotated[float, Gt(0), Le(100), "Number of reference points per code."] = 1.0
    units: Annotated[tuple[Annotated[int, Ge(1)], ...], MinLen(1), "Of `dense`: units of each hidden layer."] = (
        128,
        128,
    )
    epochs: Annotated[int, Ge(1), "Of `dense`: passes over codes and reference points."] = 20

    def __post_init__(self) -> None:
        if len(set(self.heads)) < len(self.heads):
            raise ValueError("heads must not have a rule twice")


LENGTHS = ("epochs", "steps", "pretrain_epochs")
"""Parameters of encoders that say how long they are trained."""


@dataclass(frozen=True, slots=True)
class UntrainedConfig:
    """Parameters of `untrained`."""

    encoder: Annotated[str, "The detector whose network gives the codes; any that has `embed`."] = "deep_svdd"
    encoder_parameters: Annotated[
        Mapping[str, Any],
        "Table of its parameters. `epochs` is 0; of an encoder that counts `steps`, these must be set to 0.",
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        table = dict(self.encoder_parameters)
        if not {"epochs", "steps"} & set(table):
            table["epochs"] = 0
        if trained := [name for name in LENGTHS if table.get(name)]:
            raise ValueError(f"encoder_parameters must set {' and '.join(trained)} to 0: 'untrained' trains nothing")
        object.__setattr__(self, "encoder_parameters", table)
