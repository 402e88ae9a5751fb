"""Checks of `fit`: the seed decides everything, nothing earlier matters, and something is learnt."""

from __future__ import annotations

from benchmark.conformance.check import Failed, Skipped, check
from benchmark.conformance.spies import scramble
from benchmark.conformance.subject import SEED, DetectorSubject, apart
from benchmark.interfaces.detector import FitContext
from benchmark.running import frameworks
from benchmark.running.audit import tolerance


@check(
    expected="The seed decides everything, whatever state the global generators had before the worker seeded them.",
    fix="draw from the global generators inside `build` and `fit`, or from generators made there from context.seed;"
    " none at module level, none seeded by the system or the clock.",
)
def seed_decides(subject: DetectorSubject) -> None:
    """Fit again after the generators were scrambled."""
    scramble(subject.framework)
    again = subject.fit(subject.samples.train)
    subject.compare(subject.score(again.detector, subject.probe), "a second fit with the same seed")


@check(
    expected="The detector never seeds the global generators: the harness has.",
    fix="remove random.seed, np.random.seed, set_random_seed, manual_seed; use np.random.default_rng(context.seed) for"
    " a generator of your own.",
)
def seeds_nothing(subject: DetectorSubject) -> None:
    """Ask the spies of every fit so far."""
    for fitted in (subject.fitted, subject.other.fitted):
        if fitted.seen.seeders:
            raise Failed(f"`build` or `fit` called {fitted.seen.seeders[0]}")


@check(
    expected="A fit does not depend on an earlier one, neither of the same detector nor of another in the process.",
    fix="make the model, the optimiser and every list inside `fit`; keep nothing in the class or the module.",
)
def earlier_fit(subject: DetectorSubject) -> None:
    """Fit on other images first, then the same detector as the first time."""
    other = subject.other.fitted
    frameworks.seed_everything(subject.framework, SEED)
    other.detector.fit(subject.samples.train, FitContext(seed=SEED))
    subject.compare(subject.score(other.detector, subject.probe), "an earlier fit on other images")


@check(
    expected="What was learnt depends on the training images, and changes from the first epoch to the last.",
    fix="see that the gradients reach the weights, that the learning rate is not zero, and that `score` uses what"
    " `fit` has learnt.",
)
def training_matters(subject: DetectorSubject) -> None:
    """Compare with a fit on other images, and with the first epoch where there are more."""
    rule = subject.rules[0]
    allowed = tolerance(subject.reference[rule])
    if apart(subject.reference[rule], subject.other.scores[rule]) <= allowed:
        raise Failed(f"rule {rule!r}: a fit on quite different images gives the same scores")
    epochs, last = subject.scored_each_epoch.epochs, subject.scored_each_epoch.scores
    if len(epochs) > 1 and all(apart(epochs[0][rule], last[rule]) <= allowed for rule in subject.rules):
        raise Failed(f"the scores after epoch 1 and after the last of {len(epochs)} are the same, by every rule")


@check(
    expected="A call of `context.epoch`, which may score, changes nothing in the model.",
    fix="give `score` no state: no dropout, no running statistics, no draw from the global generators.",
)
def epoch_is_silent(subject: DetectorSubject) -> None:
    """Fit with a listener that scores."""
    epochs, last = subject.scored_each_epoch.epochs, subject.scored_each_epoch.scores
    subject.compare(last, "scoring in every epoch")
    if not epochs:
        raise Skipped("it reports no epoch with `score`")


@check(
    expected="`build` and `fit` see no images but those they are given: no dataset is loaded, no file of one opened.",
    fix="learn from the argument of `fit` alone; the harness scores the test images later.",
)
def unseen_test_images(subject: DetectorSubject) -> None:
    """Ask the spies of every fit so far."""
    for fitted in (subject.fitted, subject.other.fitted):
        if fitted.seen.data:
            raise Failed(fitted.seen.data[0])


CHECKS = (seed_decides, seeds_nothing, earlier_fit, training_matters, epoch_is_silent, unseen_test_images)
