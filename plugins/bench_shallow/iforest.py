"""Isolation forest: the fewer random splits isolate an image, the more anomalous it is.

Source: Liu, Ting and Zhou (2008), Isolation forest, ICDM, 413-422. On principal components, as in Ruff et al.
(2018), section 4.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.ensemble import IsolationForest

from bench_shallow.features import Features
from benchmark import Detector, FitContext, NotFitted

if TYPE_CHECKING:
    from bench_shallow.configs import IforestConfig
    from benchmark import Images, Scores


class IsolationTrees(Detector):
    """A forest of random trees; the shorter the paths of an image, the more anomalous it is."""

    def __init__(self, config: IforestConfig) -> None:
        self.config = config
        self._features: Features | None = None
        self._forest: IsolationForest | None = None

    def fit(self, images: Images, context: FitContext) -> None:
        """Compute the features and grow the trees."""
        features = Features.of(images, self.config)
        forest = IsolationForest(
            n_estimators=self.config.trees,
            max_samples=min(self.config.samples, len(images)),
            random_state=context.seed,
        )
        self._forest = forest.fit(features.applied(images))
        self._features = features

    def score(self, images: Images) -> dict[str, Scores]:
        """Return 2^(-mean path / expected path), in (0, 1] (equation 2 of the paper)."""
        if self._features is None or self._forest is None:
            raise NotFitted("'iforest' must be fitted before it can score")
        return {"isolation": -self._forest.score_samples(self._features.applied(images))}

    def facts(self) -> dict[str, float | str]:
        """Return the number of components, and of nodes in all trees."""
        if self._features is None or self._forest is None:
            return {}
        nodes = sum(tree.tree_.node_count for tree in self._forest.estimators_)
        components = self._features.components
        dimensions = self._features.mean.size if components is None else len(components)
        return {"components": float(dimensions), "nodes": float(nodes)}
