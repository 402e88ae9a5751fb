"""Shallow detectors on scikit-learn; Ruff et al. (2018) compare with three of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_shallow.configs import IforestConfig, KdeConfig, OcsvmConfig, PcaConfig
from benchmark import DetectorSpec, Preset, hookimpl

if TYPE_CHECKING:
    from benchmark import Detector

__all__ = ["IforestConfig", "KdeConfig", "OcsvmConfig", "PcaConfig", "bench_detectors"]

# Section 4.1 of the paper; the contrast is that in the scripts of the authors' Theano code.
OCSVM = {"contrast": "none", "explained_variance": 0.95, "nu": 0.1, "gamma": "scale"}
KDE = {
    "contrast": "none",
    "explained_variance": 0.95,
    "bandwidth": "cross_validated",
    "lowest_exponent": 0.5,
    "highest_exponent": 5.0,
    "grid_size": 10,
    "folds": 5,
}
IFOREST = {"contrast": "gcn_l1", "explained_variance": 0.95, "trees": 100, "samples": 256}


def _build_pca(config: PcaConfig) -> Detector:
    from bench_shallow.pca import Pca

    return Pca(config)


def _build_ocsvm(config: OcsvmConfig) -> Detector:
    from bench_shallow.ocsvm import OneClassSvm

    return OneClassSvm(config)


def _build_kde(config: KdeConfig) -> Detector:
    from bench_shallow.kde import Kde

    return Kde(config)


def _build_iforest(config: IforestConfig) -> Detector:
    from bench_shallow.iforest import IsolationTrees

    return IsolationTrees(config)


@hookimpl
def bench_detectors() -> list[DetectorSpec]:
    """Offer the detectors."""
    needs: dict[str, Any] = {"framework": "sklearn", "requires": ("sklearn",), "install": "scikit-learn"}
    return [
        DetectorSpec(
            name="pca",
            summary="Squared error of the reconstruction from the principal components.",
            version="1",
            config=PcaConfig,
            build=_build_pca,
            rules=("reconstruction",),
            presets={"smoke": Preset({})},
            **needs,
        ),
        DetectorSpec(
            name="ocsvm",
            summary="One-class SVM with a Gaussian kernel: how far an image lies outside the boundary.",
            version="1",
            config=OcsvmConfig,
            build=_build_ocsvm,
            rules=("outside",),
            presets={
                "paper": Preset(OCSVM, validation=0.0),
                "paper_cifar10": Preset({**OCSVM, "contrast": "gcn_l1"}, validation=0.0, dataset="cifar10"),
                "smoke": Preset(OCSVM),
            },
            reference="ocsvm",
            **needs,
        ),
        DetectorSpec(
            name="kde",
            summary="Gaussian kernel density estimation: the negative logarithm of the density.",
            version="1",
            config=KdeConfig,
            build=_build_kde,
            rules=("negative_log_density",),
            presets={
                "paper": Preset(KDE, validation=0.0),
                "paper_cifar10": Preset({**KDE, "contrast": "gcn_l1"}, validation=0.0, dataset="cifar10"),
                "smoke": Preset({**KDE, "lowest_exponent": -4.5, "grid_size": 5}),
            },
            reference="kde",
            **needs,
        ),
        DetectorSpec(
            name="iforest",
            summary="Isolation forest: how few random splits isolate an image.",
            version="1",
            config=IforestConfig,
            build=_build_iforest,
            rules=("isolation",),
            presets={
                "paper": Preset(IFOREST, validation=0.0),
                "smoke": Preset({**IFOREST, "trees": 20, "samples": 64}),
            },
            reference="iforest",
            **needs,
        ),
    ]
