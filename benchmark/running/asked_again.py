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

DECIDED_SHARE = 0.01
"""At most this share of the pairs of a normal and an anomalous image may change their order."""

PASSED_SHARE = 0.1
"""No image may pass more than this share of the images of the other side."""

LAST_BITS = 2.0**-20
"""Two scores of an image that differ by at most this share of their size differ by float32 rounding."""

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


def passed_shares(scores: Scores, y: BoolArray, chosen: IntArray, second: Scores) -> tuple[FloatArray, float]:
    """Return how the order of normal and anomalous images changes if chosen images get a second score.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
    y : ndarray of bool, shape (n,)
        True = anomalous. If all images are of one side, each is compared with all of them.
    chosen : ndarray of int64, shape (k,)
    second : ndarray of float64, shape (k,)

    Returns
    -------
    shares : ndarray of float64, shape (k,)
        For each chosen image, the share of images of the other side that lie between its two scores. A tie counts half.
    pairs : float
        The share of pairs of a normal and an anomalous image whose order changes: the mean of the two sides' means.
        The ROC-AUC of either side's second scores differs from that of the first ones by at most that side's mean.
    """
    shares = np.zeros(len(chosen))
    means = []
    for side in (True, False):
        of_side = y[chosen] == side
        others = np.sort(scores[y != side]) if 0 < y.sum() < len(y) else np.sort(scores)
        if of_side.any():
            shares[of_side] = np.abs(_placed(others, second[of_side]) - _placed(others, scores[chosen[of_side]]))
            means.append(float(shares[of_side].mean()))
    return shares, float(np.mean(means)) if means else 0.0


def unsteadiness(scores: Scores, y: BoolArray, asked: AskedAgain) -> str:
    """Return how a second scoring of the same images changes the ranking; empty if it does not.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        All finite.
    y : ndarray of bool, shape (n,)
        True = anomalous.
    asked : AskedAgain
    """
    k, how = len(asked.chosen), "scored again in other batches and another order,"
    lost = int((~np.isfinite(asked.again)).sum())
    if lost:
        return f"{how} {lost} of {k} images got a score that is not finite"
    shares, pairs = passed_shares(scores, y, asked.chosen, asked.again)
    if pairs > DECIDED_SHARE:
        return (
            f"{how} {100 * pairs:.2g} % of the pairs of a normal and an anomalous image change their order; at most"
            f" {100 * DECIDED_SHARE:g} % may"
        )
    first = scores[asked.chosen]
    rounding = LAST_BITS * np.maximum(np.abs(first), np.abs(asked.again))
    moved = (shares > PASSED_SHARE) & (np.abs(asked.again - first) > rounding)
    if moved.any():
        return (
            f"{how} {int(moved.sum())} of {k} images passed more than {100 * PASSED_SHARE:g} % of the images of the"
            f" other side (at most {100 * shares[moved].max():.0f} %)"
        )
    return ""


def rounding_decides(scores: Scores, y: BoolArray, asked: AskedAgain) -> str:
    """Return how the ranking depends on rounding, judged by images nudged in the last bit; empty if it does not.

    Two ways are known:

    - The nudge changes the rounding errors in the detector, and with them the order of the images.
    - The scores are tiny and do not react to the nudge at all. So they are no smooth function of the image; they are
      squares of differences of a few units in the last place between float32 codes that are all but equal. A network
      with tiny weights and no such rounding also has tiny scores, but they react.

    Parameters as for `unsteadiness`.
    """
    k, how = len(asked.chosen), "with every pixel changed in its last bit (float32),"
    lost = int((~np.isfinite(asked.nudged)).sum())
    if lost:
        return f"{how} {lost} of {k} images got a score that is not finite"
    _, pairs = passed_shares(scores, y, asked.chosen, asked.nudged)
    if pairs > DECIDED_SHARE:
        return (
            f"the ranking depends on floating-point rounding: {how} {100 * pairs:.2g} % of the pairs of a normal and an"
            f" anomalous image change their order; at most {100 * DECIDED_SHARE:g} % may"
        )
    unmoved = int((asked.nudged == scores[asked.chosen]).sum())
    low, high = np.quantile(scores, [0.005, 0.995]) if len(scores) else (0.0, 0.0)
    if k and high - low <= TINY and np.abs(scores).max() > 0 and unmoved >= UNMOVED_SHARE * k:
        return (
            f"99 % of the scores lie within {high - low:.2g} of each other, and {how} {unmoved} of {k} scores do not"
            " change: they come from float32 codes that differ in their last bits only"
        )
    return ""


def _placed(others: Scores, values: Scores) -> FloatArray:
    """Return the share of `others`, sorted, that is below each value; ties count half."""
    below = np.searchsorted(others, values, "left") + np.searchsorted(others, values, "right")
    return below / (2 * len(others))
