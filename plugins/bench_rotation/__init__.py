"""Pretext tasks in PyTorch: detectors that predict which transformation was applied to an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_rotation.configs import GeometricConfig, RotationConfig, RotationVAEConfig
from benchmark import DetectorSpec, Preset, hookimpl

if TYPE_CHECKING:
    from benchmark import Detector

__all__ = ["GeometricConfig", "RotationConfig", "RotationVAEConfig", "bench_detectors"]

# Golan & El-Yaniv (2018) and their code: a Wide ResNet 10-4, Adam with the defaults of Keras, three passes.
GEOM = {
    "filters": [64, 128, 256],
    "blocks": 1,
    "stem_stride": 1,
    "steps": 0,
    "epochs": 3,
    "batch_size": 128,
    "learning_rate": 1e-3,
    "schedule": "constant",
    "weight_decay": 5e-4,
    "precision": "float32",
    "dirichlet_images": 0,
}


def _build_rotnet(config: RotationConfig) -> Detector:
    from bench_rotation.rotnet import RotationPrediction

    return RotationPrediction(config)


def _build_geom(config: GeometricConfig) -> Detector:
    from bench_rotation.geom import GeometricTransformations

    return GeometricTransformations(config)


def _build_rotation_vae(config: RotationVAEConfig) -> Detector:
    from bench_rotation.rotation_vae import RotationVAE

    return RotationVAE(config)


@hookimpl
def bench_detectors() -> list[DetectorSpec]:
    """Offer the detectors."""
    torch: dict[str, Any] = {"framework": "torch", "requires": ("torch",), "install": "oneclass-bench[torch]"}
    return [
        DetectorSpec(
            name="rotnet",
            summary="Rotation prediction: the probability of the true turns of an image, for four quarter turns.",
            version="1",
            config=RotationConfig,
            build=_build_rotnet,
            rules=("rotation_likelihood", "max_softmax", "mahalanobis"),
            presets={"smoke": Preset({"steps": 60, "batch_size": 64, "shift": 0})},
            reference="rotnet_csi",
            **torch,
        ),
        DetectorSpec(
            name="geom",
            summary="Geometric transformations: how likely a network's predictions of 72 transformations are.",
            version="1",
            config=GeometricConfig,
            build=_build_geom,
            rules=("dirichlet", "softmax"),
            presets={
                "paper": Preset(GEOM, validation=0.0),
                "smoke": Preset({"filters": [8, 16], "steps": 60, "batch_size": 64}),
            },
            reference="geom",
            **torch,
        ),
        DetectorSpec(
            name="rotation_vae",
            summary="Rotation and reconstruction with one encoder: the sum of an image's ranks by each head.",
            version="1",
            config=RotationVAEConfig,
            build=_build_rotation_vae,
            rules=("combined", "rank_sum", "rotation_likelihood", "reconstruction", "centre_distance"),
            presets={"smoke": Preset({"steps": 60, "batch_size": 64})},
            **torch,
        ),
    ]
