"""Judges by a second scoring of the same images whether a ranking is reproducible, and whether rounding decides it.

It measures how many images change their order. This share is the same for a score and for any increasing function of
it: the logarithm of a density is judged as the density is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.interfaces.errors import ContractBroken

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, Images, IntArray, Scores

MEAN_SHIFT = 0.01
"""Scored again, an image may pass this share of all images on average."""

LARGEST_SHIFT = 0.1
"""No image may pass more than this share of all images."""

DECIDED_PAIRS = 0.01
"""Rounding may change the order of this share of the pairs of a normal and an anomalous image."""

LAST_BITS = 2.0**-20
"""Two scores of an image that differ by at most this share of their size may differ by float32 rounding only."""

TINY = 1e-12
"""About the square of a few units in the last place of a float32 code (2^-24 of its size)."""

UNMOVED_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """Further scores, by one rule, of some of the images.

    Parameters
    ----------
    chosen : ndarray of int64, shape (k,)
        Indices of these images in all scores.
    again : ndarray of float64, shape (k,)
        Scores of the same images, in another order and in other batches.
    nudged : ndarray of float64, shape (k,)
        Scores of the same images after `nudged_images`.
    """

    chosen: IntArray
    again: Scores
    nudged: Scores

    def __post_init__(self) -> None:
        if not self.chosen.shape == self.again.shape == self.nudged.shape or self.chosen.ndim != 1:
            raise ContractBroken(
                "chosen images, their second scores and the scores of the nudged images must have one shape (k,); they"
                f" have {self.chosen.shape}, {self.again.shape} and {self.nudged.shape}"
            )


def nudged_images(images: Images) -> Images:
    """Return images in which every pixel has moved by one unit in the last place of float32, within [0, 1].

    Each pixel moves up or down at random; the directions are the same for every image.

    Parameters
    ----------
    images : ndarray of float32, shape (n, h, w, c)
    """
    up = np.random.RandomState(0).randint(0, 2, images.shape[1:], dtype=np.uint8).astype(np.float32)
    moved: Images = np.nextafter(images, up)
    return moved


def shifts(scores: Scores, first: Scores, second: Scores) -> FloatArray:
    """Return the share of `scores` that lie between the first and the second score of each image; a tie counts half.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        Scores of the images to compare with; n > 0.
    first, second : ndarray of float64, shape (k,)

    Returns
    -------
    ndarray of float64, shape (k,)
        In [0, 1]: how far each image moves in the ranking.
    """
    in_order = np.sort(scores)
    return np.abs(_places(in_order, second) - _places(in_order, first))


def changed_pairs(scores: Scores, y: BoolArray, chosen: IntArray, second: Scores) -> float:
    """Return the share of pairs of a normal and an anomalous image whose order a second score of one of them changes.

    It is the mean of the shares for the chosen images of each side. If only one side gets second scores, the ROC-AUC of
    its images changes by at most the share for this side.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
    y : ndarray of bool, shape (n,)
        True = anomalous. If all images are of one side, each is compared with all of them.
    chosen : ndarray of int64, shape (k,)
    second : ndarray of float64, shape (k,)
        Second scores of `scores[chosen]`.
    """
    two_sided = 0 < int(y.sum()) < len(y)
    shares = []
    for side in (True, False):
        of_side = y[chosen] == side
        if of_side.any():
            others = scores[y != side] if two_sided else scores
            shares.append(float(shifts(others, scores[chosen[of_side]], second[of_side]).mean()))
    return float(np.mean(shares)) if shares else 0.0


def unsteadiness(scores: Scores, asked: AskedAgain) -> str:
    """Return how a second scoring of the same images changes the ranking of all images; empty if it does not.

    Differences of the size of float32 rounding are not counted; `rounding_decides` judges them.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        All finite.
    asked : AskedAgain
    """
    k, how = len(asked.chosen), "scored again in other batches and another order,"
    lost = int((~np.isfinite(asked.again)).sum())
    if lost:
        return f"{how} {lost} of {k} images got a score that is not finite"
    if k == 0:
        return ""
    first = scores[asked.chosen]
    rounding = LAST_BITS * np.maximum(np.abs(first), np.abs(asked.again))
    moved = np.where(np.abs(asked.again - first) > rounding, shifts(scores, first, asked.again), 0.0)
    if moved.mean() <= MEAN_SHIFT and moved.max() <= LARGEST_SHIFT:
        return ""
    return (
        f"{how} {int((moved > 0).sum())} of {k} images got another place in the ranking: they passed"
        f" {100 * moved.mean():.2g} % of all images on average and {100 * moved.max():.2g} % at most;"
        f" {100 * MEAN_SHIFT:g} % and {100 * LARGEST_SHIFT:g} % are allowed"
    )


def rounding_decides(scores: Scores, y: BoolArray, asked: AskedAgain) -> str:
    """Return how the ranking depends on rounding; empty if it does not.

    Two ways are known:

    - Other batches, or pixels that change in their last bit, change the rounding errors in the detector, and with them
      the order of normal and anomalous images.
    - The scores are tiny and do not change with the last bits of the pixels at all. So they are no smooth function of
      the image: they are squares of differences between float32 codes, a few units in the last place each. A network
      with tiny weights and no such rounding also has tiny scores, but they change.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        All finite.
    y : ndarray of bool, shape (n,)
        True = anomalous.
    asked : AskedAgain
        Its second scores are finite.
    """
    k, nudge = len(asked.chosen), "with every pixel changed in its last bit (float32)"
    lost = int((~np.isfinite(asked.nudged)).sum())
    if lost:
        return f"{nudge}, {lost} of {k} images got a score that is not finite"
    for second, how in ((asked.nudged, nudge), (asked.again, "scored again in other batches and another order")):
        pairs = changed_pairs(scores, y, asked.chosen, second)
        if pairs > DECIDED_PAIRS:
            return (
                f"the ranking depends on floating-point rounding: {how}, {100 * pairs:.2g} % of the pairs of a normal"
                f" and an anomalous image change their order; {100 * DECIDED_PAIRS:g} % is allowed"
            )
    unmoved = int((asked.nudged == scores[asked.chosen]).sum())
    low, high = np.quantile(scores, [0.005, 0.995]) if len(scores) else (0.0, 0.0)
    if k and high - low <= TINY and unmoved >= UNMOVED_SHARE * k:
        return (
            f"99 % of the scores lie within {high - low:.2g} of each other, and {nudge}, {unmoved} of {k} scores do not"
            " change: they come from float32 codes that differ in their last bits only"
        )
    return ""


def _places(others: Scores, values: Scores) -> FloatArray:
    """Return the share of `others`, in order, that is below each value; ties count half."""
    below = np.searchsorted(others, values, "left") + np.searchsorted(others, values, "right")
    return below / (2 * len(others))
