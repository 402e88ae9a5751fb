"""Checks of `fit`: the scores depend on the seed and the training images, and on nothing else."""

from __future__ import annotations

from benchmark.conformance.check import Failed, Skipped, check
from benchmark.conformance.subject import SEED, DetectorSubject, largest_difference, tolerance
from benchmark.interfaces.detector import FitContext
from benchmark.running import frameworks


@check(
    expected="The seed determines the scores, whatever state the global generators had before the worker seeded them.",
    fix="draw random numbers in `build` and `fit` only, from the global generators or from one made with context.seed;"
    " draw none at module level, and none from a generator that the system or the clock seeds.",
)
def seed_decides(subject: DetectorSubject) -> None:
    """Fit again after the state of the generators was changed."""
    second = subject.fresh.detector
    subject.compare(subject.score(second, subject.probe), "a second fit with the same seed")


@check(
    expected="The detector does not seed the global generators; the harness seeds them.",
    fix="remove random.seed, np.random.seed, set_random_seed and manual_seed; if you need a generator, make it with"
    " np.random.default_rng(context.seed).",
)
def seeds_nothing(subject: DetectorSubject) -> None:
    """Read what was recorded during every fit so far."""
    for fitted in (subject.fitted, subject.other.fitted):
        if fitted.activity.seeders:
            raise Failed(f"`build` or `fit` called {fitted.activity.seeders[0]}")


@check(
    expected="A fit does not depend on an earlier fit in the process, of the same detector or of another.",
    fix="create the model, the optimiser and every list inside `fit`; store nothing in the class or the module.",
)
def earlier_fit(subject: DetectorSubject) -> None:
    """Fit a detector on other images, then on those of the first fit."""
    other = subject.other.fitted
    frameworks.seed_everything(subject.framework, SEED)
    other.detector.fit(subject.samples.train, FitContext(seed=SEED))
    subject.compare(subject.score(other.detector, subject.probe), "an earlier fit on other images")


@check(
    expected="The scores depend on the training images, and change between the first epoch and the last.",
    fix="check that the gradients reach the weights, that the learning rate is not zero, and that `score` uses what"
    " `fit` has learnt.",
)
def training_matters(subject: DetectorSubject) -> None:
    """Compare with a fit on other images, and with the first epoch if there are several."""
    rule = subject.rules[0]
    allowed = tolerance(subject.reference[rule])
    if largest_difference(subject.reference[rule], subject.other.scores[rule]) <= allowed:
        raise Failed(f"rule {rule!r}: a fit on very different images gives the same scores")
    epochs, last = subject.scored_each_epoch.epochs, subject.scored_each_epoch.scores
    if len(epochs) > 1 and all(largest_difference(epochs[0][rule], last[rule]) <= allowed for rule in subject.rules):
        raise Failed(f"by every rule, the scores after epoch 1 and after the last of {len(epochs)} epochs are the same")


@check(
    expected="The final scores are the same whether or not `score` was called during the fit: a call of `context.epoch`"
    " does not change the model.",
    fix="change no state in `score`: no dropout, no running statistics, no numbers from the global generators; learn"
    " nothing from the images that it gets, and choose no epoch by their scores.",
)
def epoch_changes_nothing(subject: DetectorSubject) -> None:
    """Fit while a mixture of normal and anomalous images is scored in each epoch; compare with a fit without."""
    epochs, last = subject.scored_each_epoch.epochs, subject.scored_each_epoch.scores
    subject.compare(last, "scoring in every epoch")
    if not epochs:
        raise Skipped("it never passes `score` to `context.epoch`")


@check(
    expected="`build` and `fit` use no images but those that `fit` gets: they load no dataset and open no file of one.",
    fix="learn from the argument of `fit` only; the harness scores the test images later.",
)
def unseen_test_images(subject: DetectorSubject) -> None:
    """Read what was recorded during every fit so far."""
    for fitted in (subject.fitted, subject.other.fitted):
        if fitted.activity.data:
            raise Failed(fitted.activity.data[0])


CHECKS = (seed_decides, seeds_nothing, earlier_fit, training_matters, epoch_changes_nothing, unseen_test_images)
