"""Which images only one of two detectors gets wrong, and what the mean of their ranks would give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.statistics.delong import mid_ranks

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, IntArray, Scores

__all__ = ["FEW", "Disagreement", "Judged", "Telling", "Wrong", "disagreement", "mean_of_ranks", "summed"]

FEW = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """The scores of one detector, and the one above which it calls an image anomalous."""

    scores: Scores
    threshold: float


@dataclass(frozen=True, slots=True)
class Wrong:
    """Images that are got wrong: normal ones that are flagged, anomalous ones that are missed."""

    normal: int
    anomalous: int

    def __add__(self, other: Wrong) -> Wrong:
        return Wrong(self.normal + other.normal, self.anomalous + other.anomalous)

    @property
    def images(self) -> int:
        """Of either kind."""
        return self.normal + self.anomalous


@dataclass(frozen=True, slots=True)
class Telling:
    """An image that one detector gets wrong and the other right.

    Attributes
    ----------
    index : int
        In the test set, in dataset order.
    kind : str
        What it shows.
    rank_a, rank_b : float
        The share of the test images that score lower (equal ones count half).
    """

    seed: int
    index: int
    kind: str
    rank_a: float
    rank_b: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Counts of test images by who gets them wrong; over several seeds, an image counts once for each.

    Attributes
    ----------
    images : int
        `right + both + only_a + only_b`.
    kinds : mapping of str to (int, int)
        What the image shows -> how many only the first gets wrong, and only the second.
    telling_a, telling_b : tuple of Telling
        Of the images that only this one gets wrong, the few that the two rank furthest apart.
    """

    images: int
    right: int
    both: Wrong
    only_a: Wrong
    only_b: Wrong
    kinds: Mapping[str, tuple[int, int]]
    telling_a: tuple[Telling, ...]
    telling_b: tuple[Telling, ...]


def disagreement(
    y: BoolArray, shows: tuple[IntArray, Sequence[str]], a: Judged, b: Judged, *, seed: int
) -> Disagreement:
    """Return where two detectors that scored the same images disagree.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous.
    shows : tuple of (ndarray of int, shape (n,); sequence of str)
        What each image shows, as an index into names.
    """
    wrong_a, wrong_b = ((one.scores > one.threshold) != y for one in (a, b))
    only_a, only_b = wrong_a & ~wrong_b, wrong_b & ~wrong_a
    kinds, names = shows
    counts = [[int((kinds[only] == kind).sum()) for only in (only_a, only_b)] for kind in range(len(names))]
    ranks = (_shares(a.scores), _shares(b.scores))
    return Disagreement(
        images=len(y),
        right=int((~wrong_a & ~wrong_b).sum()),
        both=_counted(wrong_a & wrong_b, y),
        only_a=_counted(only_a, y),
        only_b=_counted(only_b, y),
        kinds={name: (of_a, of_b) for name, (of_a, of_b) in zip(names, counts, strict=True) if of_a or of_b},
        telling_a=_telling(only_a, ranks, shows, seed),
        telling_b=_telling(only_b, ranks, shows, seed),
    )


def summed(parts: Iterable[Disagreement]) -> Disagreement | None:
    """Return the sum over seeds or tasks; None of nothing."""
    parts = list(parts)
    if not parts:
        return None
    kinds: dict[str, tuple[int, int]] = {}
    for part in parts:
        for kind, (of_a, of_b) in part.kinds.items():
            before = kinds.get(kind, (0, 0))
            kinds[kind] = (before[0] + of_a, before[1] + of_b)
    none = Wrong(0, 0)
    return Disagreement(
        images=sum(part.images for part in parts),
        right=sum(part.right for part in parts),
        both=sum((part.both for part in parts), none),
        only_a=sum((part.only_a for part in parts), none),
        only_b=sum((part.only_b for part in parts), none),
        kinds=kinds,
        telling_a=_furthest(image for part in parts for image in part.telling_a),
        telling_b=_furthest(image for part in parts for image in part.telling_b),
    )


def mean_of_ranks(a: Scores, b: Scores) -> FloatArray:
    """Return scores that are the mean of two detectors' ranks among the images that they both scored.

    Ranks bring scores of any scale together, and need no label. They are among the test images, and not among the
    training images, beyond all of which lie most anomalies: there they would all tie.

    Examples
    --------
    >>> import numpy as np
    >>> mean_of_ranks(np.array([0.1, 0.2, 9.0]), np.array([-3.0, -5.0, -1.0])).tolist()
    [1.5, 1.5, 3.0]
    """
    mean: FloatArray = (mid_ranks(a) + mid_ranks(b)) / 2
    return mean


def _counted(wrong: BoolArray, y: BoolArray) -> Wrong:
    return Wrong(normal=int((wrong & ~y).sum()), anomalous=int((wrong & y).sum()))


def _shares(scores: Scores) -> FloatArray:
    shares: FloatArray = (mid_ranks(scores) - 0.5) / len(scores)
    return shares


def _telling(
    only: BoolArray, ranks: tuple[FloatArray, FloatArray], shows: tuple[IntArray, Sequence[str]], seed: int
) -> tuple[Telling, ...]:
    import numpy as np

    images = np.flatnonzero(only)
    first = images[np.argsort(-np.abs(ranks[0] - ranks[1])[images], kind="stable")[:FEW]]
    kinds, names = shows
    return tuple(Telling(seed, int(i), names[kinds[i]], float(ranks[0][i]), float(ranks[1][i])) for i in first)


def _furthest(images: Iterable[Telling]) -> tuple[Telling, ...]:
    return tuple(sorted(images, key=lambda image: -abs(image.rank_a - image.rank_b))[:FEW])
