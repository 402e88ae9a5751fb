"""Checks that a model which has seen no test image gives the scores that a trial stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.interfaces.errors import BenchError, ContractBroken
from benchmark.interfaces.outcome import Outcome
from benchmark.registry import Registry
from benchmark.results import Store
from benchmark.running.asked_again import LAST_BITS, shifts
from benchmark.running.job import Job
from benchmark.running.plan import SEMANTICS
from benchmark.running.scored_alone import ScoredAlone, score_alone
from benchmark.running.task_data import TaskData

FEW_IMAGES = 16
"""How many images are scored alone."""

ALLOWED_SHIFT = 0.01
ALLOWED_IMAGES = 3
"""An image may pass this share of all images, or this number: scores in other batches differ in their last digits."""

ARITHMETIC = ("versions", "instruction_sets", "variables", "blas")
"""What scores depend on besides the trial, as the provenance names it."""

AGREES, DIFFERS, UNKNOWN = "agrees", "differs", "not checked"
NOT_SAVED = "fitted again only: the detector has no `save` and `load`"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedModel:
    """The result for one trial.

    Attributes
    ----------
    outcome : Outcome
        The stored one, without scores.
    verdict : str
        `agrees`, `differs` or `not checked`.
    why : str
        What differs, why it was not checked, or that the model could not be saved.
    """

    outcome: Outcome
    verdict: str
    why: str = ""


def sample_trials(store: Store, count: int, *, seed: int, datasets: Collection[str] = ()) -> list[Outcome]:
    """Return at most `count` outcomes that are `ok`, of the current protocol version, chosen at random."""
    outcomes = [
        outcome
        for outcome in store.outcomes()
        if outcome.status == "ok"
        and outcome.trial.semantics == SEMANTICS
        and (not datasets or outcome.trial.dataset in datasets)
    ]
    order = np.random.RandomState(seed).permutation(len(outcomes))
    return [outcomes[index] for index in order[:count]]


def verify_models(store: Store, outcomes: Sequence[Outcome], registry: Registry) -> Iterator[VerifiedModel]:
    """Fit each trial again without test images, and compare the scores of a few images with the stored ones.

    A detector that can be saved is loaded in a fresh process, which sees only these images. A score that a detector has
    learnt from the test images, or that depends on other images, is therefore different.
    """
    data = TaskData(registry)
    for outcome in outcomes:
        why = _obstacle(store, outcome, registry)
        if why:
            yield VerifiedModel(outcome=outcome, verdict=UNKNOWN, why=why)
            continue
        job = Job(
            trial=outcome.trial,
            task=outcome.task,
            source=outcome.source,
            gpu=0 if outcome.trial.device == "cuda" else None,
        )
        try:
            alone = score_alone(job, data, count=FEW_IMAGES)
        except ContractBroken as error:
            yield VerifiedModel(outcome=outcome, verdict=DIFFERS, why=f"it cannot be fitted or scored again: {error}")
        except BenchError as error:  # the data have changed or are not here
            yield VerifiedModel(outcome=outcome, verdict=UNKNOWN, why=str(error))
        else:
            yield _verified(store, outcome, alone)


def _obstacle(store: Store, outcome: Outcome, registry: Registry) -> str:
    """Return why a trial cannot be checked; empty if it can."""
    trial = outcome.trial
    try:
        source = registry.resolve_params(trial.detector, trial.params).source
    except BenchError as error:
        return str(error)
    if source != outcome.source:
        return "the installed code is not the code that computed it"
    return "" if store.scores(outcome.uid, trial.judged_on) is not None else "the store has no scores of it"


def _verified(store: Store, outcome: Outcome, alone: ScoredAlone) -> VerifiedModel:
    why = _difference(store, outcome, alone)
    if not why:
        return VerifiedModel(outcome=outcome, verdict=AGREES, why="" if alone.saved else NOT_SAVED)
    if elsewhere := [name for name in ARITHMETIC if outcome.provenance.get(name) != alone.origin.get(name)]:
        why = f"other {' and other '.join(elsewhere)} than those that computed it; here {why}"
        return VerifiedModel(outcome=outcome, verdict=UNKNOWN, why=why)
    return VerifiedModel(outcome=outcome, verdict=DIFFERS, why=why)


def _difference(store: Store, outcome: Outcome, alone: ScoredAlone) -> str:
    """Return how new scores differ from the stored ones; empty if they agree."""
    stored = store.scores(outcome.uid, outcome.trial.judged_on)
    assert stored is not None  # `_obstacle`
    for index, rule in enumerate(outcome.trial.rules):
        scores = stored.of(rule)
        first, second = scores[alone.chosen], alone.scores[index]
        rounding = LAST_BITS * np.maximum(np.abs(first), np.abs(second))
        moved = np.where(np.abs(first - second) > rounding, shifts(scores, first, second), 0.0)
        allowed = max(ALLOWED_SHIFT, ALLOWED_IMAGES / len(scores))
        if not moved.max(initial=0.0) <= allowed:
            differing, furthest = int((~(moved <= allowed)).sum()), 100 * float(moved.max())
            return (
                f"rule {rule!r}: scored by a model that has seen no other test image, {differing} of {len(moved)}"
                f" images pass up to {furthest:.2g} % of all images in the ranking"
            )
    return ""
