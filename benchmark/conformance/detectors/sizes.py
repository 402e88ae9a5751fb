"""Checks with several shapes of images: a detector works on them, or refuses them and gives the reason."""

from __future__ import annotations

import numpy as np

from benchmark.conformance.check import Check, Failed, Skipped, one_line
from benchmark.conformance.images import Shape, draw
from benchmark.conformance.subject import DetectorSubject
from benchmark.interfaces.errors import BenchError

FIX = "take the shape from images.shape[1:], and pad where a size must be divisible; or raise BadData with the reason."


def _works_or_refuses(subject: DetectorSubject, shape: Shape, train: int) -> None:
    """Fit and score images of a shape. A BenchError with a sentence is a refusal, which is not a failure."""
    if subject.samples.train.shape[1:] == shape and len(subject.samples.train) == train:
        return  # the first fit was on such images
    samples = draw(shape, train=train, test=5)
    try:
        detector = subject.fit(samples.train).detector
        scores = subject.score(detector, samples.normal)
    except BenchError as refusal:
        if len(str(refusal).split()) < 3:
            raise Failed(f"it refuses these images without a sentence: {one_line(refusal)}") from None
        raise Skipped(f"it refuses these images: {refusal}") from None
    for rule, values in scores.items():
        if not np.isfinite(values).all():
            raise Failed(f"rule {rule!r}: scores are not finite")


def _check(name: str, images: str, shape: Shape, train: int = 16) -> Check[DetectorSubject]:
    def run(subject: DetectorSubject) -> None:
        _works_or_refuses(subject, shape, train)

    return Check(name, f"{images}: the detector works, or raises BadData with the reason.", FIX, run)


CHECKS = (
    _check("one_channel", "Images of 12 x 12 pixels, 1 channel", (12, 12, 1), 64),
    _check("three_channels", "Images of 12 x 12 pixels, 3 channels", (12, 12, 3)),
    _check("odd_sizes", "Images of 11 x 7 pixels", (11, 7, 1)),
    _check("two_images", "2 training images", (12, 12, 1), 2),
)
