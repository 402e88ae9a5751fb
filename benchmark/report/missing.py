"""What keeps a row's mean away, in words: a class or two by name, long runs of them as a range."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmark.trial import Outcome

__all__ = ["missing"]

SHORTEST_RANGE = 3


def missing(making: Sequence[Outcome], tasks: Sequence[str], measured: Callable[[Outcome], bool]) -> tuple[str, ...]:
    """Return `3: failed`, `5 (seed 1): not run`, `7-9 (seeds 1-4): not run` for what has no number.

    Parameters
    ----------
    making : sequence of Outcome
        What differs in task and seed alone.
    tasks : sequence of str
        Those of the board, in order; names that are whole numbers and follow each other are folded, three or more.
    measured : callable
        Whether an outcome that is `ok` has a number too.
    """
    by_place = {(outcome.trial.task, outcome.trial.seed): outcome for outcome in making}
    seeds = sorted({seed for _, seed in by_place})
    found: list[tuple[str, str]] = []
    for task in tasks:
        reasons: dict[str, list[int]] = {}
        for seed in seeds:
            outcome = by_place.get((task, seed))
            if outcome is None:
                reasons.setdefault("not run", []).append(seed)
            elif outcome.status != "ok" or not measured(outcome):
                reasons.setdefault("no number" if outcome.status == "ok" else outcome.status, []).append(seed)
        found += [(task, f"{_seeds(of, seeds)}: {why}") for why, of in reasons.items()]
    by_reason: dict[str, list[str]] = {}
    for task, why in found:
        by_reason.setdefault(why, []).append(task)
    return tuple(f"{text}{why}" for why, of in by_reason.items() for text in _folded(of))


def _seeds(of: Sequence[int], every: Sequence[int]) -> str:
    if len(of) == len(every):
        return ""
    return f" (seed{'s' * (len(of) > 1)} {', '.join(_folded([str(seed) for seed in of]))})"


def _folded(names: Sequence[str]) -> list[str]:
    """Return names with runs of whole numbers as ranges.

    Examples
    --------
    >>> _folded(["0", "2", "3", "4", "6", "7", "bag"])
    ['0', '2-4', '6', '7', 'bag']
    """
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    texts = []
    for run in runs:
        texts += [f"{run[0]}-{run[-1]}"] if len(run) >= SHORTEST_RANGE else run
    return texts


def _follows(name: str, following: str) -> bool:
    # No int() of what may have a million digits: a class is a small number or a name.
    return all(text.isascii() and text.isdigit() and len(text) < 10 for text in (name, following)) and (
        int(name) + 1 == int(following)
    )
