"""The reference sample: random points from which classifiers learn to separate the codes, since there are no anomalies.

The best classifier returns log r(x) / p(x), for the density p of the codes and the density r of the reference. If r is
known, -log p follows.

Sources: Steinwart, Hush and Scovel (2005), A classification framework for anomaly detection, Journal of Machine
Learning Research 6, 211-232; Gutmann and Hyvaerinen (2010), Noise-contrastive estimation: a new estimation principle
for unnormalized statistical models, AISTATS, 297-304; Breiman's unsupervised forest, in Shi and Horvath (2006),
Unsupervised learning with random forest predictors, Journal of Computational and Graphical Statistics 15(1), 118-138.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench_hybrid.gaussian import Gaussian

if TYPE_CHECKING:
    from benchmark import FloatArray


@dataclass(frozen=True, slots=True)
class Reference:
    """The points of the reference, and their density.

    Attributes
    ----------
    points : ndarray of float64, shape (size, d)
    log_density : callable
        (n, d) -> (n,): log-density of their distribution, up to a constant; 0 if it is not known.
    """

    points: FloatArray
    log_density: Callable[[FloatArray], FloatArray]

    @classmethod
    def of(cls, codes: FloatArray, distribution: str, *, size: int, seed: int) -> Reference:
        """Draw points for codes (n, d).

        Parameters
        ----------
        distribution : str
            `gaussian`: the Gaussian with the mean and covariance of the codes. `uniform`: uniform over the range of
            each coordinate. `shuffled`: the values of each coordinate, shuffled independently of the others.
        """
        random = np.random.default_rng(seed)
        match distribution:
            case "gaussian":
                fitted = Gaussian.of(codes)
                return cls(fitted.sample(size, random), fitted.log_density)
            case "uniform":
                # Outside the range the density of the reference is 0, so -log p is undefined; the log-odds are used.
                return cls(random.uniform(codes.min(axis=0), codes.max(axis=0), (size, codes.shape[1])), _zeros)
            case _:
                # Every code is used floor(size / n) times; codes drawn at random are used once more, up to `size`.
                repeated = np.resize(random.permutation(codes), (size, codes.shape[1]))
                return cls(random.permuted(repeated, axis=0), _zeros)


def _zeros(at: FloatArray) -> FloatArray:
    return np.zeros(len(at))
