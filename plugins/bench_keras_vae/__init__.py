"""Variational autoencoders and a one-class network in Keras 3 on TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_keras_vae.configs import CodeConfig, OCNNConfig, OneClassVAEConfig, VAEConfig, YotoConfig
from benchmark import DetectorSpec, Preset, hookimpl

if TYPE_CHECKING:
    from benchmark import Detector

__all__ = ["OCNNConfig", "OneClassVAEConfig", "VAEConfig", "YotoConfig", "bench_detectors"]

SMOKE = {"filters": (8, 16), "latent_dim": 8, "epochs": 2}
RUFF = {
    "block": "lenet",
    "filters": (8, 4),
    "activation": "leaky_relu",
    "attention": "none",
    "latent": "vector",
    "latent_dim": 32,
    "contrast": "gcn_l1",
    "epochs": 150,
    "batch_size": 200,
    "learning_rate": 1e-4,
    "schedule": "drop",
    "drop_epoch": 50,
    "weight_decay": 5e-7,
    "patience": 0,
    "pretrain_epochs": 150,
    "pretrain_drop_epoch": 50,
    "pretrain_weight_decay": 5e-4,
}
RUFF_CIFAR10 = {
    **RUFF,
    "filters": (32, 64, 128),
    "latent_dim": 128,
    "pretrain_epochs": 350,
    "pretrain_drop_epoch": 250,
    "pretrain_weight_decay": 5e-7,
}


def _distances(config: CodeConfig) -> tuple[str, ...]:
    rules = ("centre_distance", "centre_distance_l1", "mahalanobis")
    return (*rules, "centre_distance_max") if config.latent == "spatial" else rules


def _yoto_rules(config: YotoConfig) -> tuple[str, ...]:
    return ("chosen", *(f"weight={weight:g}" for weight in config.weights))


def _build_vae(config: VAEConfig) -> Detector:
    from bench_keras_vae.detector import DecodingDetector
    from bench_keras_vae.vae import VAEModel

    return DecodingDetector("vae", config, VAEModel)


def _build_ocvae(config: OneClassVAEConfig) -> Detector:
    from bench_keras_vae.detector import DecodingDetector
    from bench_keras_vae.ocvae import OneClassVAEModel

    return DecodingDetector("ocvae", config, OneClassVAEModel)


def _build_yoto(config: YotoConfig) -> Detector:
    from bench_keras_vae import yoto
    from bench_keras_vae.detector import DecodingDetector

    return DecodingDetector("yoto_ocvae", config, yoto.YotoModel, yoto.train)


def _build_ocnn(config: OCNNConfig) -> Detector:
    from bench_keras_vae import ocnn
    from bench_keras_vae.detector import CodeDetector, SpatialCodeDetector

    detector = SpatialCodeDetector if config.latent == "spatial" else CodeDetector
    return detector("ocnn", config, ocnn.OneClassModel, ocnn.train)


@hookimpl
def bench_detectors() -> list[DetectorSpec]:
    """Offer the detectors."""
    needs: dict[str, Any] = {
        "framework": "keras",
        "requires": ("tensorflow", "keras"),
        "install": "oneclass-bench[keras]",
    }
    return [
        DetectorSpec(
            name="vae",
            summary="VAE: reconstruction plus the KL divergence of the code.",
            version="1",
            config=VAEConfig,
            build=_build_vae,
            rules=lambda config: ("elbo", "reconstruction", "kl", "latent_norm", *_distances(config)),
            presets={"smoke": Preset(SMOKE)},
            reference="vae_lsa",
            **needs,
        ),
        DetectorSpec(
            name="ocvae",
            summary="One-class VAE: reconstruction plus the distance of the code to a centre.",
            version="2",
            config=OneClassVAEConfig,
            build=_build_ocvae,
            rules=lambda config: ("combined", "reconstruction", "latent_norm", *_distances(config)),
            presets={"smoke": Preset(SMOKE)},
            **needs,
        ),
        DetectorSpec(
            name="yoto_ocvae",
            summary="One-class VAE trained once for all weights of its loss (You Only Train Once).",
            version="1",
            config=YotoConfig,
            build=_build_yoto,
            rules=_yoto_rules,
            presets={"smoke": Preset({**SMOKE, "weights": (0.02, 0.1)})},
            **needs,
        ),
        DetectorSpec(
            name="ocnn",
            summary="One-class network: the distance of the code to a centre, and weight decay; one-class Deep SVDD.",
            version="1",
            config=OCNNConfig,
            build=_build_ocnn,
            rules=_distances,
            presets={
                "paper": Preset(RUFF, validation=0.0),
                "paper_cifar10": Preset(RUFF_CIFAR10, validation=0.0, dataset="cifar10"),
                "smoke": Preset({"latent_dim": 8, "epochs": 2, "pretrain_epochs": 1}),
            },
            reference="deep_svdd",
            **needs,
        ),
    ]
