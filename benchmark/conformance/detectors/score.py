"""Checks of `score`: what it returns, and what it must not depend on."""

from __future__ import annotations

import numpy as np

from benchmark.conformance.check import Failed, check
from benchmark.conformance.images import draw
from benchmark.conformance.spies import watch
from benchmark.conformance.subject import DetectorSubject
from benchmark.interfaces.errors import NotFitted
from benchmark.metrics.builtin import roc_auc


@check(
    expected="`fit` learns from 64 normal images.",
    fix="run `fit` on float32 images (n, h, w, c) in [0, 1], which are read-only: copy before you write.",
    vital=True,
)
def fits(subject: DetectorSubject) -> None:
    """Fit once, for all."""
    subject.first()


@check(
    expected="`score` before `fit` raises NotFitted.",
    fix="begin `score` with: if self._model is None: raise NotFitted(\"'NAME' must be fitted before it can score\").",
)
def not_fitted(subject: DetectorSubject) -> None:
    """Score with a detector just built."""
    samples, detector = subject.samples, subject.resolved.build()
    try:
        detector.score(samples.normal)
    except NotFitted:
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the wrong one
        raise Failed(f"{type(error).__name__}: {error}") from None
    raise Failed("it returned scores")


@check(
    expected="`score` returns a dict with every rule of the spec, each float64 of shape (n,), all finite.",
    fix="return {rule: values.astype(np.float64)} with one number an image, for the `rules` that the spec names.",
)
def rules_and_shapes(subject: DetectorSubject) -> None:
    """Score all, one, and none too few."""
    detector = subject.fitted.detector
    for images in (subject.probe, subject.probe[:1]):
        for rule, scores in subject.score(detector, images).items():
            if not np.isfinite(scores).all():
                raise Failed(f"rule {rule!r}: {int((~np.isfinite(scores)).sum())} of {len(scores)} are not finite")


@check(
    expected="Scoring the same images twice gives the same scores.",
    fix="score with the mean code and without dropout or noise; keep no state in `score`.",
)
def deterministic(subject: DetectorSubject) -> None:
    """Score twice."""
    detector = subject.fitted.detector
    subject.compare(subject.score(detector, subject.probe), "asking once more")
    subject.compare(subject.score(detector, subject.probe), "asking a third time")


@check(
    expected="An image's score does not depend on how many are scored with it.",
    fix="take no mean, maximum or batch statistics over the scored images; batch normalisation scores in inference"
    " mode.",
)
def batch_size(subject: DetectorSubject) -> None:
    """Score in parts."""
    detector, probe = subject.fitted.detector, subject.probe
    parts = [subject.score(detector, part) for part in np.split(probe, [1, 8, 25])]
    whole = {rule: np.concatenate([part[rule] for part in parts]) for rule in subject.rules}
    subject.compare(whole, "scoring in parts of 1, 7, 17 and the rest")


@check(
    expected="An image's score does not depend on the images before it.",
    fix="keep no state from image to image, and return the scores in the order of the images.",
)
def order_of_images(subject: DetectorSubject) -> None:
    """Score in another order."""
    order = np.random.RandomState(1).permutation(len(subject.probe))
    scores = subject.score(subject.fitted.detector, subject.probe[order])
    subject.compare({rule: values[np.argsort(order)] for rule, values in scores.items()}, "another order of images")


@check(
    expected="Higher is more anomalous: black and white blocks outscore images like those learnt from, by each rule.",
    fix="negate a likelihood or a similarity; return log-densities negated.",
)
def higher_is_anomalous(subject: DetectorSubject) -> None:
    """Measure the area under the curve on a set that anything should separate."""
    detector, samples = subject.fitted.detector, subject.samples
    images = np.concatenate([samples.normal, samples.anomalous])
    y = np.arange(len(images)) >= len(samples.normal)
    for rule, scores in subject.score(detector, images).items():
        if not np.isfinite(scores).all():
            raise Failed(f"rule {rule!r}: not all scores are finite")
        if (area := roc_auc(y, scores)) <= 0.5:
            raise Failed(f"rule {rule!r}: ROC-AUC {area:.3f} on a set that is easily separated")


@check(
    expected="`fit` and `score` leave the images as they are.",
    fix="copy before you write: images = images.copy(); never set images.flags.writeable.",
)
def inputs_unchanged(subject: DetectorSubject) -> None:
    """Give images that could be written, and compare. The first fit had read-only ones."""
    samples, detector = subject.samples, subject.fitted.detector
    shape = samples.train.shape[1:]
    given = subject.probe.copy()
    detector.score(given)
    if not np.array_equal(given, subject.probe):
        raise Failed("`score` changed the images it was given")
    if samples.train.flags.writeable or not np.array_equal(samples.train, draw((shape[0], shape[1], shape[2])).train):
        raise Failed("`fit` changed the images it was given, or made them writeable")


@check(
    expected="`score` does not seed the global generators.",
    fix="draw nothing in `score`; if you must, from a generator of your own.",
)
def score_seeds_nothing(subject: DetectorSubject) -> None:
    """Ask the spies."""
    with watch(subject.framework) as seen:
        subject.fitted.detector.score(subject.probe)
    if seen.seeders:
        raise Failed(f"it called {seen.seeders[0]}")


CHECKS = (
    fits,
    not_fitted,
    rules_and_shapes,
    deterministic,
    batch_size,
    order_of_images,
    higher_is_anomalous,
    inputs_unchanged,
    score_seeds_nothing,
)
