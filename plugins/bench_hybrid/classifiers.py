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
"""Minimal number of codes and reference points in a leaf of the random forest."""

DEPTH, STEP, SHARE = 8, 0.3, 0.5
"""Of a boosted tree: depth, learning rate, and the share of the points that it is grown on."""


def random_forest(codes: FloatArray, reference: Reference, *, trees: int, seed: int, threads: int) -> Head:
    """Learn the log-odds with a forest: the mean over the trees.

    Deviation: the share of the trees' votes is 0 or 1 for many codes and cannot rank them. A leaf with a codes and b
    reference points says log((b + 1) / (a + 1)): pure leaves differ by how much they hold.
    """
    forest = RandomForestClassifier(n_estimators=trees, min_samples_leaf=LEAF, random_state=seed, n_jobs=threads)
    forest.fit(*_lesson(codes, reference))
    odds = [_leaf_log_odds(tree.tree_) for tree in forest.estimators_]

    def log_odds(at: FloatArray) -> FloatArray:
        leaves = forest.apply(at)  # (n, trees)
        total = np.zeros(len(at))
        for leaf, of_tree in zip(leaves.T, odds, strict=True):
            total += of_tree[leaf]
        return total / len(odds)

    return _head(log_odds, reference, nodes=float(sum(len(of_tree) for of_tree in odds)))


def xgboost(codes: FloatArray, reference: Reference, *, trees: int, seed: int, threads: int) -> Head:
    """Learn the log-odds with boosted trees: the sum over the trees.

    Each tree is grown on half of the points: where codes and reference differ only in how their coordinates go together
    (`shuffled`), no first split gains anything on all of them, and no tree would ever begin.
    """
    # Imported here, so that only this rule needs the package.
    from xgboost import XGBClassifier, __version__

    boosted = XGBClassifier(
        n_estimators=trees, max_depth=DEPTH, learning_rate=STEP, subsample=SHARE, random_state=seed, n_jobs=threads
    )
    boosted.fit(*_lesson(codes, reference))
    return _head(lambda at: boosted.predict(at, output_margin=True).astype(np.float64), reference, version=__version__)


def dense(codes: FloatArray, reference: Reference, *, units: tuple[int, ...], epochs: int, seed: int) -> Head:
    """Learn the log-odds with a network: its last layer before the sigmoid."""
    network = MLPClassifier(hidden_layer_sizes=units, max_iter=epochs, random_state=seed)
    with warnings.catch_warnings():
        # The number of epochs is fixed; it need not converge.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(*_lesson(codes, reference))
    *hidden, (last, constant) = zip(network.coefs_, network.intercepts_, strict=True)

    def log_odds(at: FloatArray) -> FloatArray:
        for weights, bias in hidden:
            at = np.maximum(at @ weights + bias, 0)
        before: FloatArray = at @ last[:, 0] + constant[0]
        return before

    return _head(log_odds, reference)


def _lesson(codes: FloatArray, reference: Reference) -> tuple[FloatArray, BoolArray]:
    """Return codes and reference points, and which points are reference."""
    both = np.concatenate([codes, reference.points])
    return both, np.arange(len(both)) >= len(codes)


def _head(log_odds: Callable[[FloatArray], FloatArray], reference: Reference, **facts: float | str) -> Head:
    """Return the rule: the negative log-density of the codes, where the density of the reference is known."""
    return Head(lambda at: log_odds(at) - reference.log_density(at), facts)


def _leaf_log_odds(tree: Any) -> FloatArray:
    """Return the log-odds in each node of a tree, whose values are the shares of codes and reference points."""
    counts: FloatArray = tree.value[:, 0, :] * tree.weighted_n_node_samples[:, None]  # (nodes, 2)
    odds: FloatArray = np.log((counts[:, 1] + 1) / (counts[:, 0] + 1))
    return odds
