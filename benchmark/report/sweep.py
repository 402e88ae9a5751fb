"""A sweep: the rows of a board that differ in the value of one parameter and in nothing else."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmark.interfaces.errors import InvalidRequest
from benchmark.report.board import Board, Row
from benchmark.trial import Outcome

__all__ = ["Family", "Settings", "family", "is_number", "rounded", "sources", "swept", "trained"]

Settings = Callable[[Outcome], str]
"""Outcome -> the text that tells its row from others of the same detector; empty: all as usual."""


@dataclass(frozen=True, slots=True)
class Family:
    """The rows of one detector that differ in nothing but the rule or the swept parameter; what is not among them."""

    detector: str
    settings: str
    rows: Sequence[Row]
    remarks: tuple[str, ...]


def family(board: Board, detector: str, settings: Settings, *, cure: str, without: str = "") -> Family:
    """Return the rows to compare: of several sets of parameters the usual one, else the one with most complete rows.

    Parameters
    ----------
    cure : str
        The command that makes such outcomes, for the error where there are none.
    without : str
        The swept parameter, which is in no text of settings.
    """
    families: dict[str, list[Row]] = {}
    for row in board.rows:
        if row.detector == detector:
            families.setdefault(settings(_lacking(row.outcomes[0], without)), []).append(row)
    if not families:
        raise InvalidRequest(
            f"the store holds no outcome of {detector!r} on {board.dataset!r} for this board; make them with: {cure}"
        )
    usual = "" in families
    text = "" if usual else max(families, key=lambda name: _weight(families[name]))
    why = "only what is at its defaults is compared" if usual else "compared is what has the most complete values"
    left_out = (
        f"{detector} with {name} is left out ({len({o.uid for row in rows for o in row.outcomes})} trials): {why}"
        for name, rows in families.items()
        if name != text
    )
    return Family(detector, text, families[text], tuple(left_out))


def _lacking(outcome: Outcome, parameter: str) -> Outcome:
    """Return an outcome as if its trial did not have a parameter, for the text of its settings."""
    params = {name: value for name, value in outcome.trial.params.items() if name != parameter}
    return dataclasses.replace(outcome, trial=dataclasses.replace(outcome.trial, params=params))


def _weight(rows: Sequence[Row]) -> tuple[int, str]:
    return sum(row.mean is not None for row in rows), max(o.finished_at for row in rows for o in row.outcomes)


def swept(rows: Sequence[Row], detector: str) -> tuple[Row, str, dict[float, Row]]:
    """Return the row of the primary rule, the parameter that other rules name, and value -> row."""
    names = rows[0].outcomes[0].trial.rules
    by_rule = {row.rule: row for row in rows}
    matches = {name: re.fullmatch(r"([^=]+)=([^=]+)", name) for name in names}
    found = {name: match for name, match in matches.items() if match and is_number(match[2])}
    parameters = sorted({match[1] for match in found.values()})
    if len(parameters) != 1:
        told = f"more than one parameter: {', '.join(parameters)}" if parameters else "no rule that is PARAM=VALUE"
        raise InvalidRequest(
            f"detector {detector!r} has {told} (its rules: {', '.join(names)}); --conditioned wants a detector that is"
            " trained once and scores at each value of one parameter"
        )
    return by_rule[names[0]], parameters[0], {rounded(match[2]): by_rule[name] for name, match in found.items()}


def trained(rows: Sequence[Row], parameter: str, *, names: tuple[str, str]) -> dict[float, Row]:
    """Return value -> the row of the primary rule of the trainings at that value, in order."""
    found = {
        rounded(row.params[parameter]): row
        for row in rows
        if row.rule == row.outcomes[0].trial.rules[0] and is_number(row.params.get(parameter))
    }
    if not found:
        raise InvalidRequest(
            f"detector {names[1]!r} has no number called {parameter!r} among its parameters, and that is what the"
            f" rules of {names[0]!r} vary"
        )
    return dict(sorted(found.items()))


def is_number(value: object) -> bool:
    """Return whether a value is a finite number, or the text of one."""
    try:
        return not isinstance(value, bool) and math.isfinite(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def rounded(value: float | str) -> float:
    """Return the value to six digits: as a rule's name has it, a parameter or a fact may be a little off."""
    return float(f"{float(value):g}")


def sources(rows: Mapping[float, Row], detector: str) -> tuple[str, ...]:
    """Return a remark if not all values were made with the same source of the detector."""
    made_with = {(o.trial.detector_version, o.source) for row in rows.values() for o in row.outcomes}
    return (f"{detector}: its values were made with {len(made_with)} sources of the detector",) * (len(made_with) > 1)
