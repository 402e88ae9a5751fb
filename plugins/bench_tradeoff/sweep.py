"""A sweep: the rows of a board that differ in the value of one parameter and in nothing else."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark import BenchError, Board
from benchmark.plugin import Row, assignments, plural


@dataclass(frozen=True, slots=True)
class Family:
    """The rows of one detector that differ only in the rule or the swept parameter, and notes on the rows left out.

    Attributes
    ----------
    non_default : mapping
        The values that the rows share and that differ from the defaults.
    """

    detector: str
    non_default: Mapping[str, Any]
    rows: Sequence[Row]
    notes: tuple[str, ...]


def family(board: Board, detector: str, *, fix: str, without: str = "") -> Family:
    """Return the rows to compare: those with default parameters, else the family with the most complete rows.

    Of several families with as many complete rows, the newest is returned.

    Parameters
    ----------
    fix : str
        The command that makes such outcomes, for the error if there are none.
    without : str
        The swept parameter, in which the rows differ.

    Raises
    ------
    BenchError
        If the board has no row of the detector.
    """
    rows = [row for row in board.rows if row.detector == detector]
    if not rows:
        others = ", ".join(sorted({row.detector for row in board.rows}))
        raise BenchError(
            f"the store has no outcome of {detector!r} on {board.dataset!r} for this report (it has outcomes of"
            f" {others}); make them with: {fix}"
        )
    families: dict[str, list[Row]] = {}
    for row in rows:
        families.setdefault(json.dumps(_shared(row, without), sort_keys=True), []).append(row)
    at_defaults = families.get("{}")
    chosen = at_defaults or max(families.values(), key=_completeness)
    reason = (
        "only default parameters are compared" if at_defaults else "the set with the most complete values is compared"
    )
    left_out = (
        f"{detector} with {assignments(_shared(others[0], without))} is left out"
        f" ({plural(len({o.uid for row in others for o in row.outcomes}), 'trial')}): {reason}"
        for others in families.values()
        if others is not chosen
    )
    return Family(detector, _shared(chosen[0], without), chosen, tuple(left_out))


def swept(rows: Sequence[Row], detector: str) -> tuple[Row, str, dict[float, Row]]:
    """Return the row of the primary rule, the parameter that the other rules name, and value -> row.

    Raises
    ------
    BenchError
        If the rules name no parameter, or more than one.
    """
    rules = rows[0].outcomes[0].trial.rules
    by_rule = {row.rule: row for row in rows}
    matches = [(rule, re.fullmatch(r"([^=]+)=([^=]+)", rule)) for rule in rules]
    named = [(rule, match[1], rounded(match[2])) for rule, match in matches if match and is_number(match[2])]
    parameters = sorted({parameter for _, parameter, _ in named})
    if len(parameters) != 1:
        problem = (
            f"more than one parameter: {', '.join(parameters)}" if parameters else "no rule of the form PARAM=VALUE"
        )
        raise BenchError(
            f"detector {detector!r} has {problem} (its rules: {', '.join(rules)}); --conditioned needs a detector that"
            " is trained once and scores at each value of one parameter"
        )
    return by_rule[rules[0]], parameters[0], {value: by_rule[rule] for rule, _, value in named}


def trained(rows: Sequence[Row], parameter: str, *, names: tuple[str, str]) -> dict[float, Row]:
    """Return value -> the row of the primary rule of the trainings at that value, in order of the values.

    Parameters
    ----------
    names : tuple of two str
        The conditioned and the separate detector, for the error.

    Raises
    ------
    BenchError
        If the rows have no number as `parameter`.
    """
    by_value = {}
    for row in rows:
        value = row.params.get(parameter)
        if row.is_primary and isinstance(value, (int, float)) and is_number(value):
            by_value[rounded(value)] = row
    if not by_value:
        raise BenchError(
            f"detector {names[1]!r} has no numeric parameter {parameter!r}, which the rules of {names[0]!r} vary;"
            " choose another detector with --separate"
        )
    return dict(sorted(by_value.items()))


def is_number(value: object) -> bool:
    """Return whether a value is a finite number, or the text of one."""
    try:
        return not isinstance(value, bool) and math.isfinite(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def rounded(value: float | str) -> float:
    """Return the value to six digits: the name of a rule, a parameter and a fact may differ in later digits."""
    return float(f"{float(value):g}")


def sources(rows: Mapping[float, Row], detector: str) -> tuple[str, ...]:
    """Return a note if the values were computed with different sources of the detector."""
    computed_with = {(o.trial.detector_version, o.source) for row in rows.values() for o in row.outcomes}
    if len(computed_with) == 1:
        return ()
    return (f"{detector}: its values were computed with {len(computed_with)} different sources of the detector",)


def _shared(row: Row, without: str) -> dict[str, Any]:
    return {name: value for name, value in row.non_default.items() if name != without}


def _completeness(rows: Sequence[Row]) -> tuple[int, str]:
    return sum(row.mean is not None for row in rows), max(o.finished_at for row in rows for o in row.outcomes)
