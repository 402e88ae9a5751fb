"""A sweep: the rows of a board that differ in the value of one parameter and in nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.trial import canonical_json
from benchmark.reports.board import Board, Row
from benchmark.reports.settings import assignments
from benchmark.reports.text import plural


@dataclass(frozen=True, slots=True)
class Family:
    """The rows of one detector that differ in the rule or the swept parameter alone, and notes on those left out.

    Attributes
    ----------
    non_default : mapping
        What the rows share that is not at its default.
    """

    detector: str
    non_default: Mapping[str, Any]
    rows: Sequence[Row]
    notes: tuple[str, ...]


def family(board: Board, detector: str, *, fix: str, without: str = "") -> Family:
    """Return the rows to compare: those at their defaults, else the family with the most complete rows.

    Parameters
    ----------
    fix : str
        The command that makes such outcomes, for the error where there are none.
    without : str
        The swept parameter, which the rows differ in.

    Raises
    ------
    InvalidRequest
        If the board has no row of the detector.
    """
    rows = [row for row in board.rows if row.detector == detector]
    if not rows:
        raise InvalidRequest(
            f"the store holds no outcome of {detector!r} on {board.dataset!r} for this board; make them with: {fix}"
        )
    families: dict[str, list[Row]] = {}
    for row in rows:
        families.setdefault(canonical_json(_shared(row, without)), []).append(row)
    usual = families.get(canonical_json({}))
    chosen = usual or max(families.values(), key=_completeness)
    why = "only what is at its defaults is compared" if usual else "compared is what has the most complete values"
    left_out = (
        f"{detector} with {assignments(_shared(others[0], without))} is left out"
        f" ({plural(len({o.uid for row in others for o in row.outcomes}), 'trial')}): {why}"
        for others in families.values()
        if others is not chosen
    )
    return Family(detector, _shared(chosen[0], without), chosen, tuple(left_out))


def _shared(row: Row, without: str) -> dict[str, Any]:
    return {name: value for name, value in row.non_default.items() if name != without}


def _completeness(rows: Sequence[Row]) -> tuple[int, str]:
    return sum(row.mean is not None for row in rows), max(o.finished_at for row in rows for o in row.outcomes)


def swept(rows: Sequence[Row], detector: str) -> tuple[Row, str, dict[float, Row]]:
    """Return the row of the primary rule, the parameter that other rules name, and value -> row."""
    rules = rows[0].outcomes[0].trial.rules
    by_rule = {row.rule: row for row in rows}
    matches = [(rule, re.fullmatch(r"([^=]+)=([^=]+)", rule)) for rule in rules]
    named = [(rule, match[1], rounded(match[2])) for rule, match in matches if match and is_number(match[2])]
    parameters = sorted({parameter for _, parameter, _ in named})
    if len(parameters) != 1:
        problem = f"more than one parameter: {', '.join(parameters)}" if parameters else "no rule that is PARAM=VALUE"
        raise InvalidRequest(
            f"detector {detector!r} has {problem} (its rules: {', '.join(rules)}); --conditioned wants a detector that"
            " is trained once and scores at each value of one parameter"
        )
    return by_rule[rules[0]], parameters[0], {value: by_rule[rule] for rule, _, value in named}


def trained(rows: Sequence[Row], parameter: str, *, names: tuple[str, str]) -> dict[float, Row]:
    """Return value -> the row of the primary rule of the trainings at that value, in order."""
    by_value = {}
    for row in rows:
        value = row.params.get(parameter)
        if row.is_primary and isinstance(value, (int, float)) and is_number(value):
            by_value[rounded(value)] = row
    if not by_value:
        raise InvalidRequest(
            f"detector {names[1]!r} has no number called {parameter!r} among its parameters, and that is what the"
            f" rules of {names[0]!r} vary"
        )
    return dict(sorted(by_value.items()))


def is_number(value: object) -> bool:
    """Return whether a value is a finite number, or the text of one."""
    try:
        return not isinstance(value, bool) and math.isfinite(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def rounded(value: float | str) -> float:
    """Return the value to six digits: a rule's name, a parameter and a fact may differ beyond them."""
    return float(f"{float(value):g}")


def sources(rows: Mapping[float, Row], detector: str) -> tuple[str, ...]:
    """Return a note if not all values were made with the same source of the detector."""
    made_with = {(o.trial.detector_version, o.source) for row in rows.values() for o in row.outcomes}
    if len(made_with) == 1:
        return ()
    return (f"{detector}: its values were made with {len(made_with)} sources of the detector",)
