"""Oracle rows: the settings of a sweep that the labels of a tenth of the test images choose, measured on the rest."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.interfaces.outcome import Cost, Measure, Outcome, ScoredSet
from benchmark.interfaces.trial import Trial, canonical_json
from benchmark.reports.board import Board, Choice, Row, complete_mean
from benchmark.reports.protocol import newest_protocol
from benchmark.reports.rows import make_row, ranked
from benchmark.reports.score_on_split import SplitScore, score_on_split
from benchmark.reports.text import plural
from benchmark.reports.versions import group_key, newest_complete

FEWEST_SETTINGS = 2


def oracle_rows(
    board: Board,
    outcomes: Iterable[Outcome],
    read: Callable[[str], ScoredSet | None],
    *,
    non_default: Callable[[Outcome], Mapping[str, Any]],
    rules: bool = False,
) -> tuple[Row, ...]:
    """Return a row for each detector with two or more sets of parameters to choose from, ranked among themselves.

    Parameters
    ----------
    board : Board
        Of the test set; its dataset, metric and tasks are those of the rows.
    outcomes : iterable of Outcome
        Those of the board: the latest of each trial under each source, oldest first.
    read : callable
        The uid of an outcome -> its test scores. Called once for each outcome that may be chosen; what it returns is
        not kept.
    rules : bool
        A row for each rule, chosen rule by rule.
    """
    families: dict[str, list[Outcome]] = {}
    of_board = [o for o in outcomes if o.trial.dataset == board.dataset and not o.trial.validation_only]
    for outcome in newest_protocol(of_board)[0]:
        families.setdefault(_family(outcome.trial), []).append(outcome)
    rows: list[Row] = []
    for family in families.values():
        tried, left_out = newest_complete(_with_a_choice(family), board.tasks, settings=FEWEST_SETTINGS)
        if tried:
            sweep = _Sweep.of(tried, (*left_out, *_notes(family, tried)), non_default(tried[0]))
            rows += _rows(sweep, tried[0].trial.rules if rules else tried[0].trial.rules[:1], board, read)
    return ranked(rows, board.metric)


def _with_a_choice(family: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of the seeds that several settings were run with: one alone would be no choice."""
    settings: dict[int, set[str]] = {}
    for outcome in family:
        settings.setdefault(outcome.trial.seed, set()).add(canonical_json(outcome.trial.params))
    return [outcome for outcome in family if len(settings[outcome.trial.seed]) >= FEWEST_SETTINGS]


def _family(trial: Trial) -> str:
    """Return what the trials of a sweep have in common; settings with other rules cannot be chosen between by rule."""
    return canonical_json({**group_key(trial), "params": None, "rules": trial.rules, "framework": trial.framework})


@dataclass(frozen=True, slots=True)
class _Sweep:
    """What was tried of one detector, all made with one source.

    Attributes
    ----------
    tried : tuple of Outcome
        Newest first.
    settings : int
        How many sets of parameters there are.
    names : tuple of str
        The parameters that they differ in.
    shared : mapping
        The parameters that they share.
    non_default : mapping
        Those of the shared values, and of the protocol options, that are not at their defaults.
    """

    tried: tuple[Outcome, ...]
    notes: tuple[str, ...]
    settings: int
    names: tuple[str, ...]
    shared: Mapping[str, Any]
    non_default: Mapping[str, Any]

    @classmethod
    def of(cls, tried: Sequence[Outcome], notes: tuple[str, ...], non_default: Mapping[str, Any]) -> _Sweep:
        settings = list({canonical_json(outcome.trial.params): outcome.trial.params for outcome in tried}.values())
        every = dict.fromkeys(name for params in settings for name in params)
        names = tuple(name for name in every if len({canonical_json(params.get(name)) for params in settings}) > 1)
        return cls(
            tried=tuple(tried),
            notes=notes,
            settings=len(settings),
            names=names,
            shared={name: value for name, value in tried[0].trial.params.items() if name not in names},
            non_default={name: value for name, value in non_default.items() if name not in names},
        )

    @property
    def places(self) -> dict[tuple[str, int], list[Outcome]]:
        """What was tried for each task and seed."""
        places: dict[tuple[str, int], list[Outcome]] = {}
        for outcome in self.tried:
            places.setdefault((outcome.trial.task, outcome.trial.seed), []).append(outcome)
        return places


def _rows(sweep: _Sweep, rules: Sequence[str], board: Board, read: Callable[[str], ScoredSet | None]) -> Iterable[Row]:
    notes = dict.fromkeys(sweep.notes)
    scores: dict[str, Mapping[str, SplitScore]] = {}
    for outcome in sweep.tried:
        scored = read(outcome.uid) if outcome.status == "ok" else None
        if scored is not None:
            sound = [rule for rule in rules if rule in outcome.metrics]  # the audit gave the others no number
            scores[outcome.uid], problems = score_on_split(scored, sound, board.metric)
            notes |= dict.fromkeys(problems)
    for rule in rules:
        row = _row(sweep, rule, {uid: by_rule[rule] for uid, by_rule in scores.items() if rule in by_rule}, board)
        yield dataclasses.replace(row, notes=(*notes, *row.notes))


def _row(sweep: _Sweep, rule: str, scores: Mapping[str, SplitScore], board: Board) -> Row:
    """Return the row of what was chosen for a rule."""
    sign = -1 if board.metric.higher_is_better else 1
    outcomes: list[Outcome] = []
    chosen: dict[str, dict[int, Mapping[str, Any]]] = {}
    for (task, seed), tried in sweep.places.items():
        candidates = [outcome for outcome in tried if outcome.uid in scores]
        if not candidates:
            # Shown without a number; one that is ok says "no number".
            unmeasured = next((outcome for outcome in tried if outcome.status == "ok"), tried[0])
            outcomes.append(dataclasses.replace(unmeasured, metrics={}))
            continue
        best = min(candidates, key=lambda one: (sign * scores[one.uid].labelled, canonical_json(one.trial.params)))
        rest, params = scores[best.uid].rest, best.trial.params
        measures = {} if rest is None else {board.metric.name: Measure(rest)}
        outcomes.append(dataclasses.replace(best, metrics={rule: measures}))
        chosen.setdefault(task, {})[seed] = {name: params[name] for name in sweep.names if name in params}
    return dataclasses.replace(
        make_row(outcomes, rule, board.metric, board.tasks),
        params=sweep.shared,
        non_default=sweep.non_default,
        status=dict(sorted(Counter(outcome.status for outcome in sweep.tried).items())),
        fit_seconds=_sum_of_settings(sweep, lambda cost: cost.fit_seconds),
        fit_cpu_seconds=_sum_of_settings(sweep, lambda cost: cost.fit_cpu_seconds),
        chosen=Choice(sweep.settings, sweep.names, {task: chosen.get(task, {}) for task in board.tasks}),
    )


def _sum_of_settings(sweep: _Sweep, seconds: Callable[[Cost], float | None]) -> float | None:
    """Return the seconds of the fits of all settings, summed, as a mean over tasks and seeds.

    None if a trial that was fitted lacks them.
    """
    fitted = ([o.cost for o in tried if o.cost.fit_seconds is not None] for tried in sweep.places.values())
    sums = []
    for costs in filter(None, fitted):
        known = [value for value in map(seconds, costs) if value is not None]
        sums.append(math.fsum(known) if len(known) == len(costs) else None)
    return complete_mean(sums)


def _notes(family: Sequence[Outcome], tried: Sequence[Outcome]) -> list[str]:
    """Return notes on settings that are no candidates, or only on some tasks and seeds."""
    run = Counter(canonical_json(outcome.trial.params) for outcome in tried)
    places = len({(outcome.trial.task, outcome.trial.seed) for outcome in tried})
    elsewhere = len({canonical_json(outcome.trial.params) for outcome in family} - set(run))
    partly = sum(count < places for count in run.values())
    failed = Counter(outcome.status for outcome in tried if outcome.status != "ok")
    notes = []
    if alone := sorted({o.trial.seed for o in family} - {o.trial.seed for o in _with_a_choice(family)}):
        notes.append(f"seed {', '.join(map(str, alone))} is left out: it was run with one setting only")
    if elsewhere:
        notes.append(
            f"{plural(elsewhere, 'setting')} left out: run with other code of the detector, or with another seed"
        )
    if partly:
        notes.append(
            f"{partly} of {len(run)} settings are candidates only on the tasks and seeds that they were run on"
        )
    if failed:
        counts = ", ".join(f"{count} {status}" for status, count in sorted(failed.items()))
        notes.append(f"{counts} of {len(tried)} trials are not candidates")
    return notes
