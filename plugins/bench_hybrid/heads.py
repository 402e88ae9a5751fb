"""Fits the decision rules, each with its parameters from the config."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from bench_hybrid import classifiers
from bench_hybrid.gaussian import gaussian
from bench_hybrid.isolation import iforest
from bench_hybrid.kde import kde
from bench_hybrid.neighbours import knn, lof
from bench_hybrid.reference import Reference
from bench_hybrid.support import ocsvm

if TYPE_CHECKING:
    from bench_hybrid.configs import HybridConfig, Rule
    from bench_hybrid.head import Head
    from benchmark import FloatArray


def fit_heads(codes: FloatArray, config: HybridConfig, *, seed: int, threads: int) -> dict[str, Head]:
    """Fit every rule of the config on the same codes, float64, shape (n, d); deterministic for each seed."""

    @functools.cache
    def reference() -> Reference:
        """Return the reference sample of all classifiers; it is drawn when the first one needs it."""
        size = max(2, round(config.reference_ratio * len(codes)))
        return Reference.of(codes, config.reference, size=size, seed=seed)

    def fit(rule: Rule) -> Head:
        match rule:
            case "gaussian":
                return gaussian(codes)
            case "ocsvm":
                return ocsvm(codes, nu=config.nu, gamma=config.gamma)
            case "kde":
                return kde(codes, seed=seed)
            case "knn":
                return knn(codes, neighbours=config.neighbours, threads=threads)
            case "lof":
                return lof(codes, neighbours=config.neighbours, threads=threads)
            case "iforest":
                return iforest(codes, trees=config.trees, seed=seed, threads=threads)
            case "random_forest":
                return classifiers.random_forest(codes, reference(), trees=config.trees, seed=seed, threads=threads)
            case "xgboost":
                return classifiers.xgboost(codes, reference(), trees=config.trees, seed=seed, threads=threads)
            case "dense":
                return classifiers.dense(codes, reference(), units=config.units, epochs=config.epochs, seed=seed)

    return {rule: fit(rule) for rule in config.heads}
