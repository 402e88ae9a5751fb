"""One-class SVM: a boundary in the feature space of the kernel with about a share nu of the training images outside.

Sources: Schoelkopf et al. (2001), Estimating the support of a high-dimensional distribution, Neural Computation 13(7),
1443-1471. With this kernel the same boundary as the sphere of Tax and Duin (2004), Support vector data description,
Machine Learning 54(1), 45-66. On principal components after Ruff et al. (2018), section 4.1.
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
    """Score by the distance outside the boundary."""

    def __init__(self, config: OcsvmConfig) -> None:
        self.config = config
        self._features: Features | None = None
        self._svm: OneClassSVM | None = None

    def fit(self, images: Images, context: FitContext) -> None:  # noqa: ARG002 - convex: neither seed nor epochs
        """Find the support vectors."""
        features = Features.of(images, self.config)
        vectors = features.applied(images)
        gamma = _scale(vectors) if self.config.gamma == "scale" else self.config.gamma
        self._svm = OneClassSVM(kernel="rbf", gamma=gamma, nu=self.config.nu).fit(vectors)
        self._features = features

    def score(self, images: Images) -> dict[str, Scores]:
        """Return rho - sum_i alpha_i k(x_i, x): above 0 outside."""
        if self._features is None or self._svm is None:
            raise NotFitted("'ocsvm' must be fitted before it can score")
        return {"outside": -self._svm.decision_function(self._features.applied(images))}

    def facts(self) -> dict[str, float | str]:
        """Return the width of the kernel, the number of support vectors and of stored parameters."""
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
    """Return the value of scikit-learn's "scale", for `facts`."""
    variance = float(vectors.var())
    return 1 / (vectors.shape[1] * variance) if variance > 0 else 1.0
