"""One-class SVM on the codes; with a Gaussian kernel it is the same as kernel SVDD.

Sources: Schoelkopf et al. (2001), Estimating the support of a high-dimensional distribution, Neural Computation 13(7),
1443-1471; Tax and Duin (2004), Support vector data description, Machine Learning 54(1), 45-66.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.svm import OneClassSVM

from bench_hybrid.head import Head
from bench_toolkit.kernel_sums import log_kernel_sums

if TYPE_CHECKING:
    from benchmark import FloatArray


def ocsvm(codes: FloatArray, *, nu: float, gamma: float) -> Head:
    """Score by log(rho / sum_i alpha_i k(x_i, x)), positive outside; gamma is divided by the total variance.

    Deviation: the logarithm of the ratio, not the difference. Sign and order are the same. The difference of all codes
    far away is rho, because their kernels are 0 in floating point; the ratio still ranks them.
    """
    scaled_gamma = gamma / codes.var(axis=0).sum()
    svm = OneClassSVM(kernel="rbf", gamma=scaled_gamma, nu=nu).fit(codes)
    vectors, weights, log_rho = svm.support_vectors_, svm.dual_coef_[0], np.log(-svm.intercept_[0])
    return Head(
        lambda at: log_rho - log_kernel_sums(at, vectors, np.array([scaled_gamma]), weights=weights)[0],
        {"gamma": float(scaled_gamma), "support_vectors": float(len(vectors))},
    )
