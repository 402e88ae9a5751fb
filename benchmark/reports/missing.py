"""Lists the trials that a row lacks, with the reason: classes by name, three or more in a row as a range."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from benchmark.interfaces.outcome import Outcome

SHORTEST_RANGE = 3


def missing(outcomes: Sequence[Outcome], tasks: Sequence[str], measured: Callable[[Outcome], bool]) -> tuple[str, ...]:
    """Return `3: failed`, `5 (seed 1): not run`, `7-9 (seeds 1-4): not run` for trials without a number.

    Parameters
    ----------
    outcomes : sequence of Outcome
        They differ in task and seed alone.
    tasks : sequence of str
        Those of the board, in order; names that are whole numbers and follow each other are folded, three or more.
    measured : callable
        Whether an outcome that is `ok` has a number too.
    """
    by_place = {(outcome.trial.task, outcome.trial.seed): outcome for outcome in outcomes}
    seeds = sorted({seed for _, seed in by_place})
    whys = {}
    for place in itertools.product(tasks, seeds):
        outcome = by_place.get(place)
        if outcome is None:
            whys[place] = "not run"
        elif outcome.status != "ok" or not measured(outcome):
            whys[place] = "no number" if outcome.status == "ok" else outcome.status
    return reasons(whys, tasks, seeds)


def reasons(whys: Mapping[tuple[str, int], str], tasks: Sequence[str], seeds: Sequence[int]) -> tuple[str, ...]:
    """Return the same texts from (task, seed) -> reason; seeds are listed unless all of them lack the number."""
    by_reason: dict[str, list[str]] = {}
    for task in tasks:
        of_task: dict[str, list[int]] = {}
        for seed in seeds:
            if (task, seed) in whys:
                of_task.setdefault(whys[task, seed], []).append(seed)
        for why, of in of_task.items():
            by_reason.setdefault(f"{_seeds(of, seeds)}: {why}", []).append(task)
    return tuple(f"{text}{why}" for why, of in by_reason.items() for text in folded(of))


def _seeds(of: Sequence[int], every: Sequence[int]) -> str:
    if len(of) == len(every):
        return ""
    return f" ({'seed' if len(of) == 1 else 'seeds'} {', '.join(folded([str(seed) for seed in of]))})"


def folded(names: Sequence[str]) -> list[str]:
    """Return names with runs of whole numbers as ranges.

    Examples
    --------
    >>> folded(["0", "2", "3", "4", "6", "7", "bag"])
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
    # A name may have a million digits, which int() refuses; a class is a small number or a name.
    return all(text.isascii() and text.isdigit() and len(text) < 10 for text in (name, following)) and (
        int(name) + 1 == int(following)
    )
