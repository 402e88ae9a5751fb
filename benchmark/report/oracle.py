"""Oracle rows: of a sweep, the settings that the labels of a tenth of the test images choose, judged on the rest."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from benchmark.report.board import Board, Chosen, Row, Section, complete_mean, make_row, ranked
from benchmark.report.hold_out import Judged, judge_apart
from benchmark.report.makings import asked, shown
from benchmark.report.sweep import Settings
from benchmark.trial import Measure, Outcome, ScoredSet, Trial, canonical_json

__all__ = ["Read", "oracle_section"]

Read: TypeAlias = Callable[[str], ScoredSet | None]
"""The uid of an outcome -> its test scores."""

FEWEST_SETTINGS = 2
MOST_NAMES = 4

TITLE = "Oracle: settings chosen with test labels"
REMARK = (
    "For each task and seed on its own, the labels of a tenth of the test images chose among the settings in the store;"
    " that tenth is the same images for every row. A cell is of the other nine tenths. Take these numbers as an upper"
    " bound of what a method gives without labels: they are never ranked with the others. `fit s` is the sum over all"
    " settings tried, which is what the choice costs, as a mean per task; `score s` is that of the chosen."
)


def oracle_section(
    board: Board, outcomes: Iterable[Outcome], read: Read, *, settings: Settings, rules: bool = False
) -> Section:
    """Return a row for each detector that has two or more sets of parameters to choose from.

    Parameters
    ----------
    board : Board
        Of the test set; its dataset, metric and tasks are the section's.
    outcomes : iterable of Outcome
        As the board was made of: the latest of each trial under each source, oldest first.
    read : callable
        Called once for each outcome that may be chosen; what it returns is not kept.
    rules : bool
        A row for each rule, chosen rule by rule.
    """
    families: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.trial.dataset == board.dataset and not outcome.trial.validation_only:
            families.setdefault(_family(outcome.trial), []).append(outcome)
    rows: list[Row] = []
    for whole in families.values():
        family = _with_a_choice(whole)
        tried, left_out = shown(family, board.tasks, settings=FEWEST_SETTINGS)
        if tried:
            sweep = _Sweep.of(tried, (*left_out, *_remarks(whole, tried)), settings)
            shown_rules = tried[0].trial.rules if rules else tried[0].trial.rules[:1]
            rows += _rows(sweep, shown_rules, board, read)
    return Section(name="oracle", title=TITLE, remark=REMARK, rows=ranked(rows, board.metric))


def _with_a_choice(family: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of the seeds that several settings were run with: one alone would be no choice."""
    settings: dict[int, set[str]] = {}
    for outcome in family:
        settings.setdefault(outcome.trial.seed, set()).add(canonical_json(outcome.trial.params))
    return [outcome for outcome in family if len(settings[outcome.trial.seed]) >= FEWEST_SETTINGS]


def _family(trial: Trial) -> str:
    """Return what the trials of a sweep have in common; settings with other rules cannot be chosen between by rule."""
    return canonical_json({**asked(trial), "params": None, "rules": trial.rules, "framework": trial.framework})


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
    text : str
        What tells the row from others of the detector.
    """

    tried: tuple[Outcome, ...]
    remarks: tuple[str, ...]
    settings: int
    names: tuple[str, ...]
    shared: Mapping[str, Any]
    text: str

    @classmethod
    def of(cls, tried: Sequence[Outcome], remarks: tuple[str, ...], settings: Settings) -> _Sweep:
        every = list({canonical_json(outcome.trial.params): outcome.trial.params for outcome in tried}.values())
        known = dict.fromkeys(name for params in every for name in params)
        names = tuple(name for name in known if len({canonical_json(params.get(name)) for params in every}) > 1)
        shared = {name: value for name, value in tried[0].trial.params.items() if name not in names}
        alike = dataclasses.replace(tried[0], trial=dataclasses.replace(tried[0].trial, params=shared))
        told = ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} parameters"
        text = ", ".join(filter(None, [f"{told} chosen", settings(alike)]))
        return cls(tuple(tried), remarks, len(every), names, shared, text)

    @property
    def places(self) -> dict[tuple[str, int], list[Outcome]]:
        """What was tried for each task and seed."""
        found: dict[tuple[str, int], list[Outcome]] = {}
        for outcome in self.tried:
            found.setdefault((outcome.trial.task, outcome.trial.seed), []).append(outcome)
        return found


def _rows(sweep: _Sweep, rules: Sequence[str], board: Board, read: Read) -> list[Row]:
    notes: list[str] = []
    judged: dict[str, Mapping[str, Judged]] = {}
    for outcome in sweep.tried:
        scored = read(outcome.uid) if outcome.status == "ok" else None
        if scored is not None:
            sound = [rule for rule in rules if rule in outcome.metrics]  # the audit gave the others no number
            judged[outcome.uid] = judge_apart(scored, sound, board.metric, notes)
    remarks = (*sweep.remarks, *dict.fromkeys(notes))
    return [_row(sweep, rule, {uid: of.get(rule) for uid, of in judged.items()}, board, remarks) for rule in rules]


def _row(sweep: _Sweep, rule: str, judged: Mapping[str, Judged | None], board: Board, remarks: Sequence[str]) -> Row:
    """Return the row of what was chosen for a rule."""
    sign = -1 if board.metric.higher_is_better else 1
    making: list[Outcome] = []
    chosen: dict[str, dict[int, Mapping[str, Any]]] = {}
    for (task, seed), tried in sweep.places.items():
        candidates = [(on, outcome) for outcome in tried if (on := judged.get(outcome.uid)) is not None]
        if not candidates:
            # Without a number, as it stands; one that is ok says "no number".
            shows = next((outcome for outcome in tried if outcome.status == "ok"), tried[0])
            making.append(dataclasses.replace(shows, metrics={}))
            continue
        on, best = min(candidates, key=lambda pair: (sign * pair[0].labelled, canonical_json(pair[1].trial.params)))
        measures = {} if on.rest is None else {board.metric.name: Measure(on.rest)}
        making.append(dataclasses.replace(best, metrics={rule: measures}))
        params = best.trial.params
        chosen.setdefault(task, {})[seed] = {name: params[name] for name in sweep.names if name in params}
    row = make_row(making, rule, board.metric, board.tasks, settings=sweep.text, remarks=remarks)
    return dataclasses.replace(
        row,
        params=sweep.shared,
        status=dict(sorted(Counter(outcome.status for outcome in sweep.tried).items())),
        fit_seconds=_fit_seconds(sweep),
        chosen=Chosen(sweep.settings, {task: chosen.get(task, {}) for task in board.tasks}),
    )


def _fit_seconds(sweep: _Sweep) -> float | None:
    """Return the sum over all settings, as a mean over tasks and seeds."""
    known = ([o.cost.fit_seconds for o in tried if o.cost.fit_seconds is not None] for tried in sweep.places.values())
    return complete_mean([math.fsum(fits) for fits in known if fits])


def _remarks(family: Sequence[Outcome], tried: Sequence[Outcome]) -> list[str]:
    """Return what a reader must know of settings that could be chosen nowhere, or not everywhere."""
    run = Counter(canonical_json(outcome.trial.params) for outcome in tried)
    places = len({(outcome.trial.task, outcome.trial.seed) for outcome in tried})
    elsewhere = len({canonical_json(outcome.trial.params) for outcome in family} - set(run))
    partly = sum(count < places for count in run.values())
    wrong = Counter(outcome.status for outcome in tried if outcome.status != "ok")
    remarks = []
    if alone := sorted({o.trial.seed for o in family} - {o.trial.seed for o in _with_a_choice(family)}):
        remarks.append(f"seed {', '.join(map(str, alone))} is left out: run with one setting, which is no choice")
    if elsewhere:
        remarks.append(f"{elsewhere} settings are left out: run with another source of the detector, or another seed")
    if partly:
        remarks.append(
            f"{partly} of {len(run)} settings were not run on every task and seed: candidates where they were"
        )
    if wrong:
        told = ", ".join(f"{count} {status}" for status, count in sorted(wrong.items()))
        remarks.append(f"no candidates are {told} of {len(tried)} trials")
    return remarks
