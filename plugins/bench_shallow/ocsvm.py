"""One-class SVM: about a share nu of the training images lies outside a boundary in the feature space of the kernel.

Sources: Schoelkopf et al. (2001), Estimating the support of a high-dimensional distribution, Neural Computation 13(7),
1443-1471. With this kernel, the boundary is that of the sphere of Tax and Duin (2004), Support vector data description,
Machine Learning 54(1), 45-66. On principal components, as in Ruff et al. (2018), section 4.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.svm import OneClassSVM

from bench_shallow.features import Features
from benchmark import Detector, FitContext, NotFitted

if TYPE_CHECKING:
    from bench_shallow.configs import OcsvmConfig
    from benchmark import FloatArray, Images, Scores


class OneClassSvm(Detector):
    """A boundary around the training images; the score is positive outside of it."""

    def __init__(self, config: OcsvmConfig) -> None:
        self.config = config
        self._features: Features | None = None
        self._svm: OneClassSVM | None = None

    def fit(self, images: Images, context: FitContext) -> None:  # noqa: ARG002 - a convex problem: no seed, no epochs
        """Compute the features and the support vectors."""
        features = Features.of(images, self.config)
        vectors = features.applied(images)
        gamma = _scale(vectors) if self.config.gamma == "scale" else self.config.gamma
        self._svm = OneClassSVM(kernel="rbf", gamma=gamma, nu=self.config.nu).fit(vectors)
        self._features = features

    def score(self, images: Images) -> dict[str, Scores]:
        """Return rho - sum_i alpha_i k(x_i, x), which is positive outside the boundary."""
        if self._features is None or self._svm is None:
            raise NotFitted("'ocsvm' must be fitted before it can score")
        return {"outside": -self._svm.decision_function(self._features.applied(images))}

    def facts(self) -> dict[str, float | str]:
        """Return gamma of the kernel, and the numbers of support vectors, components and stored parameters."""
        if self._features is None or self._svm is None:
            return {}
        support, components = self._svm.support_vectors_.shape
        return {
            "gamma": float(self._svm.gamma),
            "support_vectors": float(support),
            "components": float(components),
            "parameters": float(self._features.parameters + support * (components + 1) + 1),
        }


def _scale(vectors: FloatArray) -> float:
    """Return gamma as scikit-learn's "scale" computes it."""
    variance = float(vectors.var())
    return 1 / (vectors.shape[1] * variance) if variance > 0 else 1.0
