"""Scores images with a fitted detector: in parts, with the contract checked and the time measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.running.asked_again import nudged_images
from benchmark.running.audit import checked_scores, score_dtypes
from benchmark.running.cpu_time import cpu_seconds
from benchmark.running.split import as_images

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray, RawImages

PART_BYTES = 64 << 20
"""Images are scored in parts of at most this many bytes of float32."""


class Scorer:
    """Scores raw images by a detector's `score`.

    Attributes
    ----------
    seconds, cpu_seconds : float
        Wall time and processor time in the detector so far.
    dtypes : tuple of str
        The types of the scores that came last, for each rule.
    """

    def __init__(self, rules: tuple[str, ...], function: Callable[..., Any]) -> None:
        self.rules, self.function = rules, function
        self.seconds = self.cpu_seconds = 0.0
        self.dtypes: tuple[str, ...] = ()

    def __call__(self, raw: RawImages) -> FloatArray:
        """Return the scores of images, shape (rules, n)."""
        step = max(1, PART_BYTES // (4 * int(np.prod(raw.shape[1:]))))
        parts = [self._of(as_images(raw[start : start + step])) for start in range(0, len(raw), step)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(self.rules), 0))

    def in_other_batches(self, raw: RawImages) -> FloatArray:
        """Return the scores of a few images, scored in batches of other sizes."""
        cut = len(raw) // 7
        return np.concatenate([self(raw[:cut]), self(raw[cut:])], axis=1)

    def nudged(self, raw: RawImages) -> FloatArray:
        """Return the scores of a few images, each pixel moved by one unit in the last place of float32."""
        if not len(raw):
            return self(raw)
        images = nudged_images(as_images(raw))
        images.flags.writeable = False
        return self._of(images)

    def _of(self, images: Any) -> FloatArray:
        started, cpu = time.perf_counter(), cpu_seconds()
        returned = self.function(images)
        self.seconds += time.perf_counter() - started
        self.cpu_seconds += cpu_seconds() - cpu
        checked = checked_scores(returned, self.rules, len(images))
        self.dtypes = score_dtypes(returned, self.rules)
        return np.stack(list(checked.values()))
