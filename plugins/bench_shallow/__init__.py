"""Shallow detectors on scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from annotated_types import Gt, Le

from benchmark import DetectorSpec, hookimpl

if TYPE_CHECKING:
    from benchmark import Detector

__all__ = ["PcaConfig", "bench_detectors"]


@dataclass(frozen=True, slots=True)
class PcaConfig:
    """Parameters of `pca`."""

    explained_variance: Annotated[
        float, Gt(0), Le(1), "Share of the training images' variance that the kept components explain."
    ] = 0.95


def _build_pca(config: PcaConfig) -> Detector:
    from bench_shallow.pca import Pca

    return Pca(config)


@hookimpl
def bench_detectors() -> list[DetectorSpec]:
    """Offer the detectors."""
    return [
        DetectorSpec(
            name="pca",
            summary="Squared error of the reconstruction from the principal components.",
            version="1",
            config=PcaConfig,
            build=_build_pca,
            rules=("reconstruction",),
            framework="sklearn",
            requires=("sklearn",),
            install="scikit-learn",
            presets={"smoke": {}},
        )
    ]
