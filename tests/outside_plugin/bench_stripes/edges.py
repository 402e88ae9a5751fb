"""Distance of an image's edges to the mean edges of the training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark import Detector, NotFitted

if TYPE_CHECKING:
    from bench_stripes import EdgesConfig
    from benchmark import FitContext, FloatArray, Images, Scores


class Edges(Detector):
    """Knows how strong horizontal and vertical edges normally are."""

    def __init__(self, config: EdgesConfig) -> None:
        self.config = config
        self.centre: FloatArray | None = None

    def fit(self, images: Images, context: FitContext) -> None:
        self.centre = edges(images).mean(axis=0)  # (2,)

    def score(self, images: Images) -> dict[str, Scores]:
        if self.centre is None:
            raise NotFitted("'edges' must be fitted before it can score")
        apart = np.abs(edges(images) - self.centre)  # (n, 2)
        return {"distance": (apart**self.config.power).sum(axis=1)}


def edges(images: Images) -> FloatArray:
    """Return the mean absolute horizontal and vertical differences, shape (n, 2)."""
    wide = images.astype(np.float64)
    across, down = np.abs(np.diff(wide, axis=2)), np.abs(np.diff(wide, axis=1))
    return np.stack([across.mean(axis=(1, 2, 3)), down.mean(axis=(1, 2, 3))], axis=1)
