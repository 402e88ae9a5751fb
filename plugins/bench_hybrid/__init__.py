"""Decision rules on the codes of any detector that has `embed`: one training, several rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench_hybrid.configs import HybridConfig, UntrainedConfig
from benchmark import DetectorSpec, Preset, hookimpl

if TYPE_CHECKING:
    from benchmark import Detector

__all__ = ["HybridConfig", "UntrainedConfig", "bench_detectors"]

SMOKE = {"encoder_parameters": {"filters": (8, 16), "latent_dim": 8, "epochs": 2}, "trees": 20}


def _build(config: HybridConfig) -> Detector:
    from bench_hybrid.detector import Hybrid
    from benchmark import build_detector

    return Hybrid(config, build_detector(config.encoder, config.encoder_parameters))


def _build_untrained(config: UntrainedConfig) -> Detector:
    from bench_hybrid.untrained import Untrained
    from benchmark import build_detector

    return Untrained(config, build_detector(config.encoder, config.encoder_parameters))


def _required(config: HybridConfig) -> tuple[str, ...]:
    return ("sklearn", "xgboost") if "xgboost" in config.heads else ("sklearn",)


@hookimpl
def bench_detectors() -> list[DetectorSpec]:
    """Offer the detectors."""
    return [
        DetectorSpec(
            name="hybrid",
            summary="Decision rules, from a Gaussian to a random forest, on the codes of any encoder.",
            version="1",
            config=HybridConfig,
            build=_build,
            rules=lambda config: config.heads,
            built_on=("encoder", "encoder_parameters"),
            requires=_required,
            install="oneclass-bench[hybrid]",
            presets={"smoke": Preset(SMOKE)},
        ),
        DetectorSpec(
            name="untrained",
            summary="Baseline: the Mahalanobis distance of the codes of an encoder that is not trained.",
            version="1",
            config=UntrainedConfig,
            build=_build_untrained,
            rules=("mahalanobis",),
            built_on=("encoder", "encoder_parameters"),
            requires=("sklearn",),
            install="oneclass-bench[hybrid]",
            baseline=True,
        ),
    ]
