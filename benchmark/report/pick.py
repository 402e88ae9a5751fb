"""Which row of a board somebody means by the name of a detector, some settings of it and a rule."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.interfaces.errors import InvalidRequest, did_you_mean
from benchmark.report.board import Board, Row
from benchmark.report.cells import listed
from benchmark.report.settings import assigned

__all__ = ["Pick", "pick_row", "spelt"]


@dataclass(frozen=True, slots=True)
class Pick:
    """What was asked for.

    Attributes
    ----------
    rule : str
        Empty: the primary one.
    settings : mapping
        Parameters, options of the dataset, `validation`, `threads`, `device` or `data`, as plain values.
    """

    detector: str
    rule: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


def pick_row(board: Board, pick: Pick) -> Row:
    """Return the one row that is meant: what is not named is at its default, if such a row is there.

    Parameters
    ----------
    board : Board
        With a row for each rule.

    Raises
    ------
    UnknownName
        If no row has the rule, or none the key of a setting.
    InvalidRequest
        If the detector is not on the board, no row has the settings, or several have, none of them the usual one.
    """
    rows = [row for row in board.rows if row.detector == pick.detector]
    if not rows:
        raise InvalidRequest(
            f"the store holds no outcome of {pick.detector!r} on {board.dataset!r} for this board; make them with:"
            f" bench run --dataset {board.dataset}{' --validation-only' * board.validation} --detector {pick.detector}"
        )
    rules = dict.fromkeys(row.rule for row in rows)
    if pick.rule and pick.rule not in rules:
        raise did_you_mean(f"rule of {pick.detector!r}", pick.rule, rules)
    ruled = [row for row in rows if row.rule == (pick.rule or _primary(row))]
    keys = {key for row in ruled for key in _facts(row)}
    for key in pick.settings:
        if key not in keys:
            raise did_you_mean(f"setting of {pick.detector!r}", key, keys)
    fitting = [row for row in ruled if all(_has(row, key, value) for key, value in pick.settings.items())]
    if not fitting:
        raise InvalidRequest(
            f"no row of {pick.detector!r} on {board.dataset!r} has {assigned(pick.settings)};"
            f" there are: {_listed(ruled)}"
        )
    usual = [row for row in fitting if _named(row.settings) <= set(pick.settings)]
    if len(fitting) > 1 and len(usual) != 1:
        raise InvalidRequest(
            f"{len(fitting)} rows of {pick.detector!r} on {board.dataset!r} fit, and none has only defaults beside what"
            f" is named; pick one with NAME:KEY=VALUE,...: {_listed(fitting)}"
        )
    return usual[0] if usual else fitting[0]


def spelt(row: Row) -> str:
    """Return what picks a row: `ocvae`, `ocvae@reconstruction`, `ocvae:weight=0.1,latent_dim=8`."""
    rule = "" if row.rule == _primary(row) else f"@{row.rule}"
    settings = row.settings.replace(", ", ",")
    return f"{row.detector}{rule}{':' if settings else ''}{settings}"


def _primary(row: Row) -> str:
    return row.outcomes[0].trial.rules[0]


def _facts(row: Row) -> dict[str, Any]:
    """Return all that a row's settings may be told by."""
    trial, task = row.outcomes[0].trial, row.outcomes[0].task
    usual = {name: getattr(trial, name) for name in ("validation", "threads", "device")}
    return {**usual, "data": task.label, **task.options, **trial.params}


def _has(row: Row, key: str, wanted: Any) -> bool:
    """Return whether a value is the one meant, however it is spelt: 1 is 1.0, and `null` is none.

    A table may be spelt as the row has it, by what is off its defaults, or with some of its defaults beside that.
    """
    facts = _facts(row)
    if key not in facts:
        return False
    shown = [part for part in row.settings.split(", ") if part.startswith(f"{key}=")]
    if isinstance(wanted, Mapping) and isinstance(facts[key], Mapping):
        off = _value(shown[0]) if shown else {}
        if wanted == off or (off is not None and off.items() <= wanted.items() <= facts[key].items()):
            return True
    alike = facts[key] == wanted and isinstance(facts[key], bool) == isinstance(wanted, bool)
    return alike or assigned({key: wanted}) in (assigned({key: facts[key]}), *shown)


def _value(setting: str) -> Any:
    """Return the value in one of a row's settings; None where TOML has no word for it."""
    try:
        return next(iter(tomllib.loads(setting).values()))
    except tomllib.TOMLDecodeError:
        return None


def _named(settings: str) -> set[str]:
    """Return the keys in the text of a row's settings."""
    return {part.partition("=")[0] for part in settings.split(", ") if part}


def _listed(rows: Sequence[Row]) -> str:
    return listed([row.settings or "the defaults" for row in rows])
