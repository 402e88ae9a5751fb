"""Which outcomes a row is made of: of several makings the newest complete one, and sources are never mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmark.trial import Outcome, Trial, canonical_json

__all__ = ["asked", "shown"]

_MAKING = ("detector_version", "framework", "rules", "semantics")


def asked(trial: Trial) -> dict[str, Any]:
    """Return what the trials of a row have in common, as plain values."""
    plain = trial.to_plain()
    # What made the numbers is not what was asked: of several makings of one row, the newest complete one is shown.
    return {name: value for name, value in plain.items() if name not in ("task", "seed", *_MAKING)}


def shown(
    group: Sequence[Outcome], tasks: Sequence[str], *, settings: int = 1
) -> tuple[list[Outcome], tuple[str, ...]]:
    """Return the outcomes that a row is made of, and remarks on those it leaves out.

    Sources are never mixed: the newest making that is complete for some seed is shown, and of it the seeds that were
    run on every task. A seed still under way takes no finished number away. Where nothing is complete, all of the
    newest.

    Parameters
    ----------
    group : sequence of Outcome
        Oldest first.
    settings : int
        How many sets of parameters a making must be of to be shown; the outcomes are none if no making is.
    """
    makings: dict[tuple[Any, ...], list[Outcome]] = {}
    for outcome in reversed(group):
        makings.setdefault(_making(outcome), []).append(outcome)
    for making in makings.values():
        places = {(o.trial.task, o.trial.seed) for o in making}
        run = Counter(seed for _, seed in places)
        whole = [o for o in making if run[o.trial.seed] == len(tasks)]
        if whole and (settings == 1 or _settings(whole) >= settings):
            newer = len(_newer(group, making))
            wanted = "every task" if settings == 1 else f"every task with {settings} settings"
            partial = (f"newer code was run on {newer} trials and is not shown: not on {wanted} yet",) * bool(newer)
            partial += tuple(
                f"seed {seed} is left out: run on {count} of {len(tasks)} tasks"
                for seed, count in sorted(run.items())
                if count < len(tasks)
            )
            return whole, partial
    newest = next((making for making in makings.values() if settings == 1 or _settings(making) >= settings), [])
    elsewhere = len({o.trial.task for o in group} - {o.trial.task for o in newest})
    mixed = f"{elsewhere} of the missing tasks were run with another source of the detector, which is not mixed in"
    return newest, (mixed,) * bool(elsewhere)


def _making(outcome: Outcome) -> tuple[Any, ...]:
    trial = outcome.trial
    return outcome.source, *(getattr(trial, name) for name in _MAKING)


def _settings(making: Sequence[Outcome]) -> int:
    return len({canonical_json(outcome.trial.params) for outcome in making})


def _newer(group: Sequence[Outcome], making: Sequence[Outcome]) -> list[Outcome]:
    """Return what was made after the newest of a making, by another."""
    last = max(outcome.finished_at for outcome in making)
    return [outcome for outcome in group if outcome.finished_at > last and _making(outcome) != _making(making[0])]
