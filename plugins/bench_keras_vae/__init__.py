"""Variational autoencoders in Keras 3 on TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

from benchmark import DetectorSpec, hookimpl

if TYPE_CHECKING:
    from benchmark import Detector

__all__ = ["OneClassVAEConfig", "bench_detectors"]


@dataclass(frozen=True, slots=True)
class OneClassVAEConfig:
    """Parameters of `ocvae`."""

    weight: Annotated[
        float, Ge(0), Le(1), "Share of the distance to the centre in the loss; the rest is reconstruction."
    ] = 0.05
    posterior: Annotated[
        Literal["unit", "learned"],
        "Noise of the code: of variance 1, or of a learnt variance that the KL divergence keeps from vanishing.",
    ] = "unit"
    latent_dim: Annotated[int, Ge(1), "Dimensions of the code."] = 16
    filters: Annotated[
        tuple[Annotated[int, Ge(1)], ...], MinLen(1), "Filters of each convolution; each halves height and width."
    ] = (32, 64)
    epochs: Annotated[int, Ge(1), "Passes over the training images."] = 20
    batch_size: Annotated[int, Ge(1), "Images per step."] = 128
    learning_rate: Annotated[float, Gt(0), "Step size of Adam."] = 1e-3


def _build_ocvae(config: OneClassVAEConfig) -> Detector:
    from bench_keras_vae.ocvae import OneClassVAE

    return OneClassVAE(config)


@hookimpl
def bench_detectors() -> list[DetectorSpec]:
    """Offer the detectors."""
    return [
        DetectorSpec(
            name="ocvae",
            summary="One-class VAE: reconstruction plus the distance of the code to a centre.",
            version="1",
            config=OneClassVAEConfig,
            build=_build_ocvae,
            rules=("combined", "reconstruction", "centre_distance"),
            framework="keras",
            requires=("tensorflow", "keras"),
            install="oneclass-bench[keras]",
            presets={"smoke": {"filters": (8, 16), "latent_dim": 8, "epochs": 2}},
        )
    ]
