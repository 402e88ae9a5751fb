"""Classifiers that separate the codes from a reference sample; each returns the log-odds of the reference.

Sources: Breiman (2001), Random forests, Machine Learning 45(1), 5-32; Chen and Guestrin (2016), XGBoost: a scalable
tree boosting system, KDD, 785-794; Friedman (2002), Stochastic gradient boosting, Computational Statistics & Data
Analysis 38(4), 367-378. For the reference see `reference.py`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from bench_hybrid.head import Head

if TYPE_CHECKING:
    from bench_hybrid.reference import Reference
    from benchmark import BoolArray, FloatArray

LEAF = 5
"""Smallest number of points in a leaf of the random forest."""

DEPTH, STEP, SHARE = 8, 0.3, 0.5
"""Of a boosted tree: largest depth, learning rate, and the share of the points that it is grown on."""


def random_forest(codes: FloatArray, reference: Reference, *, trees: int, seed: int, threads: int) -> Head:
    """Learn the log-odds with a random forest: the mean over the trees.

    Deviation: the share of the trees' votes is 0 or 1 for many codes and cannot rank them. Here a leaf with a codes and
    b reference points has the log-odds log((b + 1) / (a + 1)), so pure leaves of different sizes differ.
    """
    forest = RandomForestClassifier(n_estimators=trees, min_samples_leaf=LEAF, random_state=seed, n_jobs=threads)
    forest.fit(*_training_points(codes, reference))
    odds = [_leaf_log_odds(tree.tree_) for tree in forest.estimators_]

    def log_odds(at: FloatArray) -> FloatArray:
        leaves = forest.apply(at)  # (n, trees)
        total = np.zeros(len(at))
        for leaf, tree_odds in zip(leaves.T, odds, strict=True):
            total += tree_odds[leaf]
        return total / len(odds)

    return _head(log_odds, reference, nodes=float(sum(map(len, odds))))


def xgboost(codes: FloatArray, reference: Reference, *, trees: int, seed: int, threads: int) -> Head:
    """Learn the log-odds with boosted trees: the sum over the trees.

    Each tree is grown on half of the points. If codes and reference differ only in the dependence of their coordinates
    (`shuffled`), no first split on all points reduces the loss, and no tree would grow.
    """
    # Imported here, so that the other rules do not need the package.
    from xgboost import XGBClassifier, __version__

    boosted = XGBClassifier(
        n_estimators=trees, max_depth=DEPTH, learning_rate=STEP, subsample=SHARE, random_state=seed, n_jobs=threads
    )
    boosted.fit(*_training_points(codes, reference))
    return _head(lambda at: boosted.predict(at, output_margin=True).astype(np.float64), reference, version=__version__)


def dense(codes: FloatArray, reference: Reference, *, units: tuple[int, ...], epochs: int, seed: int) -> Head:
    """Learn the log-odds with a neural network: its output before the sigmoid."""
    network = MLPClassifier(hidden_layer_sizes=units, max_iter=epochs, random_state=seed)
    with warnings.catch_warnings():
        # The number of epochs is fixed; convergence is not needed.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(*_training_points(codes, reference))
    *hidden, (last_weights, last_bias) = zip(network.coefs_, network.intercepts_, strict=True)

    def log_odds(at: FloatArray) -> FloatArray:
        for weights, bias in hidden:
            at = np.maximum(at @ weights + bias, 0)
        logits: FloatArray = at @ last_weights[:, 0] + last_bias[0]
        return logits

    return _head(log_odds, reference)


def _training_points(codes: FloatArray, reference: Reference) -> tuple[FloatArray, BoolArray]:
    """Return the codes and the reference points, (m, d), and a mask of the reference points, (m,)."""
    points = np.concatenate([codes, reference.points])
    return points, np.arange(len(points)) >= len(codes)


def _head(log_odds: Callable[[FloatArray], FloatArray], reference: Reference, **facts: float | str) -> Head:
    """Return the rule: the negative log-density of the codes, or the log-odds if the reference has no density."""
    return Head(lambda at: log_odds(at) - reference.log_density(at), facts)


def _leaf_log_odds(tree: Any) -> FloatArray:
    """Return the log-odds of each node; the values of a tree are the shares of codes and reference points."""
    counts: FloatArray = tree.value[:, 0, :] * tree.weighted_n_node_samples[:, None]  # (nodes, 2)
    odds: FloatArray = np.log((counts[:, 1] + 1) / (counts[:, 0] + 1))
    return odds
