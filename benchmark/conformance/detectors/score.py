"""Checks of `score`: what it returns, and what it must not depend on."""

from __future__ import annotations

import numpy as np

from benchmark.conformance.check import Failed, check
from benchmark.conformance.images import draw
from benchmark.conformance.spies import watch
from benchmark.conformance.subject import FEW_IMAGES, DetectorSubject
from benchmark.interfaces.errors import NotFitted
from benchmark.metrics.builtin import roc_auc


@check(
    expected="`fit` runs on 64 normal images.",
    fix="accept float32 images of shape (n, h, w, c) in [0, 1]; they are read-only, so copy them before you write.",
    vital=True,
)
def fits(subject: DetectorSubject) -> None:
    """Fit once; the other checks use this fit."""
    subject.first()


@check(
    expected="`score` before `fit` raises NotFitted.",
    fix="begin `score` with: if self._model is None: raise NotFitted(\"'NAME' must be fitted before it can score\").",
)
def not_fitted(subject: DetectorSubject) -> None:
    """Score with a detector that is not fitted."""
    samples, detector = subject.samples, subject.resolved.build()
    try:
        detector.score(samples.normal)
    except NotFitted:
        return
    except Exception as error:  # noqa: BLE001 - any other error is a failure
        raise Failed(f"{type(error).__name__}: {error}") from None
    raise Failed("`score` returned scores")


@check(
    expected="`score` returns a dict: for every rule of the spec an array of a float type, shape (n,), all finite.",
    fix="return {rule: values.astype(np.float64)} with one number for each image, for all `rules` of the spec.",
)
def rules_and_shapes(subject: DetectorSubject) -> None:
    """Score all images, and one alone."""
    detector = subject.fitted.detector
    for images in (subject.probe, subject.probe[:1]):
        for rule, scores in subject.score(detector, images).items():
            if not np.isfinite(scores).all():
                broken = int((~np.isfinite(scores)).sum())
                raise Failed(f"rule {rule!r}: {broken} of {len(scores)} scores are not finite")


@check(
    expected="Scoring the same images twice gives the same scores.",
    fix="score with the mean of the code, and without dropout or noise; keep no state in `score`.",
)
def deterministic(subject: DetectorSubject) -> None:
    """Score again, twice."""
    detector = subject.fitted.detector
    subject.compare(subject.score(detector, subject.probe), "scoring a second time")
    subject.compare(subject.score(detector, subject.probe), "scoring a third time")


@check(
    expected="An image's score does not depend on which other images are scored with it.",
    fix="take no mean, maximum or batch statistics over the scored images; use batch normalisation in inference mode.",
)
def batch_size(subject: DetectorSubject) -> None:
    """Score in parts."""
    detector, probe = subject.fitted.detector, subject.probe
    parts = [subject.score(detector, part) for part in np.split(probe, [1, 8, 25])]
    whole = {rule: np.concatenate([part[rule] for part in parts]) for rule in subject.rules}
    subject.compare(whole, "scoring in parts of 1, 7, 17 and the rest")


@check(
    expected="An image's score does not depend on the order of the images.",
    fix="keep no state between images, and return the scores in the order of the images.",
)
def order_of_images(subject: DetectorSubject) -> None:
    """Score in another order."""
    order = np.random.RandomState(1).permutation(len(subject.probe))
    scores = subject.score(subject.fitted.detector, subject.probe[order])
    subject.compare({rule: values[np.argsort(order)] for rule, values in scores.items()}, "another order of the images")


@check(
    expected="A few images alone, the first that a fitted detector scores, get the scores that they get among many.",
    fix="learn nothing in `score`, and remember no image: not the scored set as a whole, nor the answer for an image.",
)
def images_alone(subject: DetectorSubject) -> None:
    """Score a few images with a detector that has scored no other, then all of them."""
    fresh = subject.fresh
    few = {rule: scores[-FEW_IMAGES:] for rule, scores in fresh.mixture.items()}
    subject.compare(few, "scoring an image among many others", reference=fresh.alone)


@check(
    expected="By every rule, random black and white blocks score higher than images like those of the training.",
    fix="return the negative of a likelihood, a log-density or a similarity.",
)
def higher_is_anomalous(subject: DetectorSubject) -> None:
    """Compute the ROC-AUC on images that every detector should separate."""
    detector, samples = subject.fitted.detector, subject.samples
    images = np.concatenate([samples.normal, samples.anomalous])
    y = np.arange(len(images)) >= len(samples.normal)
    for rule, scores in subject.score(detector, images).items():
        if not np.isfinite(scores).all():
            raise Failed(f"rule {rule!r}: not all scores are finite")
        if (area := roc_auc(y, scores)) <= 0.5:
            raise Failed(f"rule {rule!r}: ROC-AUC {area:.3f} on images that are easy to separate")


@check(
    expected="`fit` and `score` do not change the images.",
    fix="copy before you write: images = images.copy(); never set images.flags.writeable.",
)
def inputs_unchanged(subject: DetectorSubject) -> None:
    """Score a copy that can be written to, and compare. The images of the first fit were read-only."""
    samples, detector = subject.samples, subject.fitted.detector
    shape = samples.train.shape[1:]
    images = subject.probe.copy()
    detector.score(images)
    if not np.array_equal(images, subject.probe):
        raise Failed("`score` changed its images")
    if samples.train.flags.writeable or not np.array_equal(samples.train, draw((shape[0], shape[1], shape[2])).train):
        raise Failed("`fit` changed its images, or made them writeable")


@check(
    expected="`score` does not seed the global generators.",
    fix="draw no random numbers in `score`; if you need some, use a generator of your own.",
)
def score_seeds_nothing(subject: DetectorSubject) -> None:
    """Record the calls during `score`."""
    with watch(subject.framework) as activity:
        subject.fitted.detector.score(subject.probe)
    if activity.seeders:
        raise Failed(f"`score` called {activity.seeders[0]}")


CHECKS = (
    fits,
    not_fitted,
    rules_and_shapes,
    deterministic,
    batch_size,
    order_of_images,
    images_alone,
    higher_is_anomalous,
    inputs_unchanged,
    score_seeds_nothing,
)
