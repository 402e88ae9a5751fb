"""Chooses which code version's outcomes a row shows: the newest complete one; versions are never mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.trial import Trial, canonical_json
from benchmark.registry.source_hash import scheme_of
from benchmark.reports.text import plural

_VERSION_FIELDS = ("detector_version", "framework", "rules", "semantics")
"""Fields that follow from the code, not from the request."""


def group_key(trial: Trial) -> dict[str, Any]:
    """Return what the trials of a row have in common, as plain values."""
    return {name: value for name, value in trial.to_plain().items() if name not in ("task", "seed", *_VERSION_FIELDS)}


def newest_complete(
    group: Sequence[Outcome], tasks: Sequence[str], *, settings: int = 1
) -> tuple[list[Outcome], tuple[str, ...]]:
    """Return the outcomes of the newest complete code version, and notes on those left out.

    A version is complete if at least one seed was run on every task; its complete seeds are returned. So a seed that is
    still running hides no finished number. If no version is complete, all outcomes of the newest are returned.

    Parameters
    ----------
    group : sequence of Outcome
        Oldest first.
    settings : int
        How many sets of parameters a version must have been run with; if none has, no outcome is returned.
    """
    versions: dict[tuple[Any, ...], list[Outcome]] = {}
    for outcome in reversed(group):
        versions.setdefault(_version(outcome), []).append(outcome)
    versions = {version: _with_unknown_sources(outcomes, group) for version, outcomes in versions.items()}
    for outcomes in versions.values():
        run = Counter(seed for _, seed in {(o.trial.task, o.trial.seed) for o in outcomes})
        complete = [o for o in outcomes if run[o.trial.seed] == len(tasks)]
        if complete and (settings == 1 or _count_settings(complete) >= settings):
            notes = []
            if newer := _newer(group, outcomes):
                wanted = "every task" if settings == 1 else f"every task with {settings} settings"
                notes.append(f"newer code has only {plural(newer, 'trial')}, not {wanted}; the older results are shown")
            notes += [
                f"seed {seed} is left out: only {count} of {len(tasks)} tasks were run"
                for seed, count in sorted(run.items())
                if count < len(tasks)
            ]
            if unknown := sum(scheme_of(o.source) != scheme_of(complete[0].source) for o in complete):
                notes.append(
                    f"{plural(unknown, 'trial')} may come from other code: the source hash has an older format"
                )
            return complete, tuple(notes)
    newest = next((each for each in versions.values() if settings == 1 or _count_settings(each) >= settings), [])
    elsewhere = len({o.trial.task for o in group} - {o.trial.task for o in newest})
    if not elsewhere:
        return newest, ()
    return newest, (
        f"{elsewhere} of the missing tasks were run with other code of the detector; different code is never mixed",
    )


def _with_unknown_sources(outcomes: Sequence[Outcome], group: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of a version, and, for trials it lacks, outcomes whose source hash has another format.

    `bench run` treats those as current and does not run them again, so a board has to show them.
    """
    shown = {outcome.trial.id: outcome for outcome in outcomes}
    scheme, fields = scheme_of(outcomes[0].source), _version(outcomes[0])[1:]
    for outcome in reversed(group):
        if scheme_of(outcome.source) != scheme and _version(outcome)[1:] == fields:
            shown.setdefault(outcome.trial.id, outcome)
    return list(shown.values())


def _version(outcome: Outcome) -> tuple[Any, ...]:
    return outcome.source, *(getattr(outcome.trial, name) for name in _VERSION_FIELDS)


def _count_settings(outcomes: Sequence[Outcome]) -> int:
    return len({canonical_json(outcome.trial.params) for outcome in outcomes})


def _newer(group: Sequence[Outcome], shown: Sequence[Outcome]) -> int:
    """Return how many outcomes another version made after the newest of those shown."""
    last = max(outcome.finished_at for outcome in shown)
    return sum(outcome.finished_at > last and _version(outcome) != _version(shown[0]) for outcome in group)
