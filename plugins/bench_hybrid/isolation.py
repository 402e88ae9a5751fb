"""Isolation forest on the codes (Liu, Ting and Zhou 2008, Isolation forest, ICDM, 413-422)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.ensemble import IsolationForest

from bench_hybrid.head import Head

if TYPE_CHECKING:
    from benchmark import FloatArray

SAMPLES = 256
"""Number of codes that each tree is grown on, as in the paper; all if there are fewer."""


def iforest(codes: FloatArray, *, trees: int, seed: int, threads: int) -> Head:
    """Score by 2^(-mean path / expected path), in (0, 1]."""
    forest = IsolationForest(
        n_estimators=trees, max_samples=min(SAMPLES, len(codes)), random_state=seed, n_jobs=threads
    ).fit(codes)
    return Head(lambda at: -forest.score_samples(at))
