"""Deep SVDD and its autoencoder in PyTorch, after Ruff et al. (2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_deep_svdd.configs import AutoencoderConfig, DeepSVDDConfig, SoftBoundaryConfig
from benchmark import DetectorSpec, Preset, hookimpl

if TYPE_CHECKING:
    from benchmark import Detector

__all__ = ["AutoencoderConfig", "DeepSVDDConfig", "SoftBoundaryConfig", "bench_detectors"]

# The commands in the README of the authors' PyTorch code.
AUTOENCODER = {
    "contrast": "gcn_l1",
    "slope": 0.01,
    "batch_size": 200,
    "learning_rate": 1e-4,
    "schedule": "drop",
    "precision": "float32",
    "epochs": 150,
    "drop_epoch": 50,
    "weight_decay": 5e-4,
}
AUTOENCODER_CIFAR10 = {**AUTOENCODER, "epochs": 350, "drop_epoch": 250, "weight_decay": 5e-7}


def _one_class(autoencoder: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of `deep_svdd` in those commands, with the parameters of its autoencoder."""
    return {
        **AUTOENCODER,
        "weight_decay": 5e-7,
        "pretrain_epochs": autoencoder["epochs"],
        "pretrain_drop_epoch": autoencoder["drop_epoch"],
        "pretrain_weight_decay": autoencoder["weight_decay"],
        "bias": False,
        "centre": "initial",
    }


def _soft_boundary(autoencoder: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of `deep_svdd_soft` in those commands."""
    return {**_one_class(autoencoder), "nu": 0.1, "warm_up_epochs": 10, "radius": "batch"}


def _build_deep_svdd(config: DeepSVDDConfig) -> Detector:
    from bench_deep_svdd.svdd import DeepSVDD

    return DeepSVDD(config)


def _build_soft(config: SoftBoundaryConfig) -> Detector:
    from bench_deep_svdd.svdd import SoftBoundaryDeepSVDD

    return SoftBoundaryDeepSVDD(config)


def _build_dcae(config: AutoencoderConfig) -> Detector:
    from bench_deep_svdd.dcae import ConvolutionalAutoencoder

    return ConvolutionalAutoencoder(config)


@hookimpl
def bench_detectors() -> list[DetectorSpec]:
    """Offer the detectors."""
    torch: dict[str, Any] = {"framework": "torch", "requires": ("torch",), "install": "oneclass-bench[torch]"}
    return [
        DetectorSpec(
            name="deep_svdd",
            summary="One-class Deep SVDD: the distance of a learnt code to a centre.",
            version="1",
            config=DeepSVDDConfig,
            build=_build_deep_svdd,
            rules=("centre_distance",),
            presets={
                "paper": Preset(_one_class(AUTOENCODER), validation=0.0),
                "paper_cifar10": Preset(_one_class(AUTOENCODER_CIFAR10), validation=0.0, dataset="cifar10"),
                "smoke": Preset({"epochs": 2, "pretrain_epochs": 1}),
            },
            reference="deep_svdd",
            **torch,
        ),
        DetectorSpec(
            name="deep_svdd_soft",
            summary="Soft-boundary Deep SVDD: a sphere with a share nu of the training images outside.",
            version="1",
            config=SoftBoundaryConfig,
            build=_build_soft,
            rules=("outside",),
            presets={
                "paper": Preset(_soft_boundary(AUTOENCODER), validation=0.0),
                "paper_cifar10": Preset(_soft_boundary(AUTOENCODER_CIFAR10), validation=0.0, dataset="cifar10"),
                "smoke": Preset({"epochs": 2, "pretrain_epochs": 1, "warm_up_epochs": 1}),
            },
            reference="deep_svdd_soft",
            **torch,
        ),
        DetectorSpec(
            name="dcae",
            summary="Deep convolutional autoencoder: the squared error of the reconstruction.",
            version="1",
            config=AutoencoderConfig,
            build=_build_dcae,
            rules=("reconstruction",),
            presets={
                "paper": Preset(AUTOENCODER, validation=0.0),
                "paper_cifar10": Preset(AUTOENCODER_CIFAR10, validation=0.0, dataset="cifar10"),
                "smoke": Preset({"epochs": 40}),
            },
            reference="dcae",
            **torch,
        ),
    ]
