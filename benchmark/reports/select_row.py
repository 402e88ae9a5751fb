"""NAME@RULE:KEY=VALUE -> the row of a board: by the detector, the rule and the values that are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.interfaces.errors import InvalidRequest, did_you_mean
from benchmark.interfaces.trial import canonical_json
from benchmark.reports.board import Board, Row
from benchmark.reports.settings import assignments, value_text
from benchmark.reports.text import join


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
    """Return the one row that is picked: what is not named is at its default, if there is such a row.

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
    rows = [row for row in (*board.rows, *board.baseline_rows) if row.detector == pick.detector]
    if not rows:
        flag = " --validation-only" if board.validation else ""
        raise InvalidRequest(
            f"the store has no outcome of {pick.detector!r} on {board.dataset!r} for this board; run:"
            f" bench run --dataset {board.dataset}{flag} --detector {pick.detector}"
        )
    rules = dict.fromkeys(row.rule for row in rows)
    if pick.rule and pick.rule not in rules:
        raise did_you_mean(f"rule of {pick.detector!r}", pick.rule, rules)
    ruled = [row for row in rows if (row.rule == pick.rule if pick.rule else row.is_primary)]
    keys = {key for row in ruled for key in _values(row)}
    for key in pick.settings:
        if key not in keys:
            raise did_you_mean(f"setting of {pick.detector!r}", key, keys)
    fitting = [row for row in ruled if all(_has(row, key, value) for key, value in pick.settings.items())]
    fitting = [row for row in fitting if _has_exactly(row, pick.settings)] or fitting
    if not fitting:
        raise InvalidRequest(
            f"no row of {pick.detector!r} on {board.dataset!r} has {assignments(pick.settings)}; choose one of:"
            f" {_listed(ruled)}"
        )
    usual = [row for row in fitting if set(row.non_default) <= set(pick.settings)]
    if len(fitting) > 1 and len(usual) != 1:
        raise InvalidRequest(
            f"{len(fitting)} rows of {pick.detector!r} on {board.dataset!r} match; choose one of: {_listed(fitting)}"
        )
    return usual[0] if usual else fitting[0]


def row_label(row: Row) -> str:
    """Return what picks a row: `ocvae`, `ocvae@reconstruction`, `ocvae:weight=0.1,latent_dim=8`."""
    rule = "" if row.is_primary else f"@{row.rule}"
    settings = f":{assignments(row.non_default, separator=',')}" if row.non_default else ""
    return f"{row.detector}{rule}{settings}"


def _values(row: Row) -> dict[str, Any]:
    """Return all values that a row can be picked by."""
    trial, task = row.outcomes[0].trial, row.outcomes[0].task
    protocol = {"validation": trial.validation, "threads": trial.threads, "device": trial.device}
    return {**protocol, "data": task.variant, **task.options, **trial.params}


def _has(row: Row, key: str, wanted: Any) -> bool:
    """Return whether a value is the one meant.

    Of a table, what is off its defaults may be named alone, or with some of its defaults.
    """
    values = _values(row)
    if key not in values:
        return False
    value, off = values[key], row.non_default.get(key, {})
    if isinstance(value, Mapping) and isinstance(wanted, Mapping) and isinstance(off, Mapping):
        return _includes(wanted, off) and _includes(value, wanted)
    if isinstance(value, Mapping | list | tuple) and isinstance(wanted, str):
        return wanted in (value_text(value), value_text(off))  # with a null in it, which TOML cannot read
    return _equal(value, wanted)


def _has_exactly(row: Row, settings: Mapping[str, Any]) -> bool:
    """Return whether the named values are those of the row to the letter: 1 is not 1.0."""
    values = _values(row)
    return all(canonical_json(values[key]) == canonical_json(value) for key, value in settings.items())


def _includes(table: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    return all(name in table and _equal(table[name], value) for name, value in part.items())


def _equal(value: Any, wanted: Any) -> bool:
    """Return whether two plain values are equal: 1 is 1.0, but neither True nor "1"; `null` is None."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, Mapping) and isinstance(wanted, Mapping):
        return value.keys() == wanted.keys() and _includes(value, wanted)
    if isinstance(value, list | tuple) and isinstance(wanted, list | tuple):
        return len(value) == len(wanted) and all(map(_equal, value, wanted))
    return bool(value == wanted) or (value is None and wanted == "null")


def _listed(rows: Sequence[Row]) -> str:
    return join([row_label(row) if row.non_default else f"{row_label(row)} (the defaults)" for row in rows])
