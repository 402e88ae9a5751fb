"""Which images only one of two detectors classifies wrongly, and scores that are the mean of their ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.delong import mid_ranks

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, IntArray, Scores

FEW = 5


@dataclass(frozen=True, slots=True)
class Thresholded:
    """The scores of one detector, and the one above which it calls an image anomalous."""

    scores: Scores
    threshold: float


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """Images that are classified wrongly: normal ones that are flagged, anomalous ones that are missed."""

    normal: int
    anomalous: int

    def __add__(self, other: ErrorCounts) -> ErrorCounts:
        return ErrorCounts(self.normal + other.normal, self.anomalous + other.anomalous)

    @property
    def images(self) -> int:
        """Both together."""
        return self.normal + self.anomalous


@dataclass(frozen=True, slots=True)
class DisagreedImage:
    """An image that one detector classifies wrongly and the other rightly.

    Attributes
    ----------
    index : int
        In the test set, in dataset order.
    class_name : str
        Its class.
    rank_a, rank_b : float
        The share of the test images that score lower (equal ones count half).
    """

    seed: int
    index: int
    class_name: str
    rank_a: float
    rank_b: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Counts of test images by which detector is wrong; with several seeds, an image counts once for each.

    Attributes
    ----------
    images : int
        `right + both + only_a + only_b`.
    classes : mapping of str to (int, int)
        Class -> how many of its images only the first classifies wrongly, and how many only the second.
    examples_a, examples_b : tuple of DisagreedImage
        Of the images that only this one classifies wrongly, the few that the two rank most differently.
    """

    images: int
    right: int
    both: ErrorCounts
    only_a: ErrorCounts
    only_b: ErrorCounts
    classes: Mapping[str, tuple[int, int]]
    examples_a: tuple[DisagreedImage, ...]
    examples_b: tuple[DisagreedImage, ...]


def disagreement(
    y: BoolArray, classes: tuple[IntArray, Sequence[str]], a: Thresholded, b: Thresholded, *, seed: int
) -> Disagreement:
    """Return where two detectors that scored the same images disagree.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous.
    classes : tuple of (ndarray of int, shape (n,); sequence of str)
        The class of each image, as an index into the names.
    """
    wrong_a, wrong_b = ((one.scores > one.threshold) != y for one in (a, b))
    only_a, only_b = wrong_a & ~wrong_b, wrong_b & ~wrong_a
    labels, names = classes
    counts = [[int((labels[only] == label).sum()) for only in (only_a, only_b)] for label in range(len(names))]
    ranks = (_shares(a.scores), _shares(b.scores))
    return Disagreement(
        images=len(y),
        right=int((~wrong_a & ~wrong_b).sum()),
        both=_counted(wrong_a & wrong_b, y),
        only_a=_counted(only_a, y),
        only_b=_counted(only_b, y),
        classes={name: (of_a, of_b) for name, (of_a, of_b) in zip(names, counts, strict=True) if of_a or of_b},
        examples_a=_examples(only_a, ranks, classes, seed),
        examples_b=_examples(only_b, ranks, classes, seed),
    )


def summed(parts: Iterable[Disagreement]) -> Disagreement | None:
    """Return the sum over seeds or tasks; None of nothing."""
    parts = list(parts)
    if not parts:
        return None
    classes: dict[str, tuple[int, int]] = {}
    for part in parts:
        for name, (of_a, of_b) in part.classes.items():
            before = classes.get(name, (0, 0))
            classes[name] = (before[0] + of_a, before[1] + of_b)
    none = ErrorCounts(0, 0)
    return Disagreement(
        images=sum(part.images for part in parts),
        right=sum(part.right for part in parts),
        both=sum((part.both for part in parts), none),
        only_a=sum((part.only_a for part in parts), none),
        only_b=sum((part.only_b for part in parts), none),
        classes=classes,
        examples_a=_furthest(image for part in parts for image in part.examples_a),
        examples_b=_furthest(image for part in parts for image in part.examples_b),
    )


def mean_of_ranks(a: Scores, b: Scores) -> FloatArray:
    """Return scores that are the mean of two detectors' ranks among the images that they both scored.

    Ranks make scores of different scales comparable without labels. They are taken among the test images; among the
    training images most anomalies would exceed all of them and tie.

    Examples
    --------
    >>> import numpy as np
    >>> mean_of_ranks(np.array([0.1, 0.2, 9.0]), np.array([-3.0, -5.0, -1.0])).tolist()
    [1.5, 1.5, 3.0]
    """
    mean: FloatArray = (mid_ranks(a) + mid_ranks(b)) / 2
    return mean


def _counted(wrong: BoolArray, y: BoolArray) -> ErrorCounts:
    return ErrorCounts(normal=int((wrong & ~y).sum()), anomalous=int((wrong & y).sum()))


def _shares(scores: Scores) -> FloatArray:
    shares: FloatArray = (mid_ranks(scores) - 0.5) / len(scores)
    return shares


def _examples(
    only: BoolArray, ranks: tuple[FloatArray, FloatArray], classes: tuple[IntArray, Sequence[str]], seed: int
) -> tuple[DisagreedImage, ...]:
    images = np.flatnonzero(only)
    first = images[np.argsort(-np.abs(ranks[0] - ranks[1])[images], kind="stable")[:FEW]]
    labels, names = classes
    return tuple(DisagreedImage(seed, int(i), names[labels[i]], float(ranks[0][i]), float(ranks[1][i])) for i in first)


def _furthest(images: Iterable[DisagreedImage]) -> tuple[DisagreedImage, ...]:
    return tuple(sorted(images, key=lambda image: -abs(image.rank_a - image.rank_b))[:FEW])
