"""The distance to the k-th nearest code, and the local outlier factor.

Sources: Ramaswamy, Rastogi and Shim (2000), Efficient algorithms for mining outliers from large data sets, SIGMOD,
427-438; Breunig et al. (2000), LOF: identifying density-based local outliers, SIGMOD, 93-104.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

from bench_hybrid.head import Head

if TYPE_CHECKING:
    from benchmark import FloatArray, Scores


def knn(codes: FloatArray, *, neighbours: int, threads: int) -> Head:
    """Score by the distance to the k-th nearest code; with fewer codes, to the farthest."""
    # A search tree is not faster for codes of a dozen dimensions.
    search = NearestNeighbors(n_neighbors=min(neighbours, len(codes)), algorithm="brute", n_jobs=threads).fit(codes)

    def score(at: FloatArray) -> Scores:
        distances: FloatArray = search.kneighbors(at)[0]
        return distances[:, -1].copy()

    return Head(score)


def lof(codes: FloatArray, *, neighbours: int, threads: int) -> Head:
    """Score by the local outlier factor: the mean density at the k nearest codes, divided by that at the code."""
    factor = LocalOutlierFactor(
        n_neighbors=min(neighbours, len(codes) - 1), algorithm="brute", novelty=True, n_jobs=threads
    )
    with warnings.catch_warnings():
        # If more codes than neighbours are equal, scikit-learn warns and limits their density.
        warnings.simplefilter("ignore", UserWarning)
        factor.fit(codes)
    return Head(lambda at: -factor.score_samples(at))
