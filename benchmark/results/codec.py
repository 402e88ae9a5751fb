"""Values as JSON and arrays as npz, for the wire, the store and published rows. Nothing is pickled."""

from __future__ import annotations

import dataclasses
import functools
import io
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

from benchmark.interfaces.outcome import Measure, Outcome, ScoredSet

if TYPE_CHECKING:
    import numpy.typing as npt

Value = TypeVar("Value")


def to_plain(value: Any) -> Any:
    """Return a value as dicts, lists, texts and numbers, for JSON; a number that is not finite becomes None."""
    return msgspec.json.decode(msgspec.json.encode(value))


def from_plain(plain: Any, value_type: type[Value]) -> Value:
    """Return the dataclass from the plain values of `to_plain`.

    Raises
    ------
    ValueError
        If a plain value does not have the type of its field; the message names the field.
    """
    return msgspec.convert(plain, value_type)


def outcome_to_plain(outcome: Outcome) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Return an outcome as plain values, and its scores as named arrays."""
    plain: dict[str, Any] = to_plain(dataclasses.replace(outcome, sets={}))
    plain["metrics"] = measures_to_plain(outcome.metrics)
    plain["sets"] = {name: list(scored.rules) for name, scored in outcome.sets.items()}
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, scored in outcome.sets.items():
        arrays |= {f"{name}.y": scored.y, f"{name}.labels": scored.labels, f"{name}.scores": scored.scores}
    return plain, arrays


def measures_to_plain(metrics: Mapping[str, Mapping[str, Measure]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return rule -> metric -> measure as plain values.

    Fields that published rows did not have from the start are left out at their defaults, so that the rows stay as
    they are.
    """
    plain: dict[str, dict[str, dict[str, Any]]] = to_plain(metrics)
    for measure in (measure for measures in plain.values() for measure in measures.values()):
        for field, default in _LATER_FIELDS.items():
            if measure[field] == default:
                del measure[field]
    return plain


_LATER_FIELDS = {field.name: field.default for field in dataclasses.fields(Measure)[2:]}
"""The fields of a measure after its value and its standard error."""


def outcome_from_plain(plain: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Outcome:
    """Return the outcome from the values of `outcome_to_plain`; a set without arrays is left out.

    Raises
    ------
    ValueError
        If the plain values are not those of an outcome, or arrays of a set are missing or have wrong shapes.
    """
    sets = {
        name: scored_set(arrays, name, rules)
        for name, rules in plain.get("sets", {}).items()
        if f"{name}.scores" in arrays
    }
    fields = from_plain(plain, _without_sets())
    return Outcome(**{name: getattr(fields, name) for name in _without_sets().__struct_fields__}, sets=sets)


@functools.cache
def _without_sets() -> type[msgspec.Struct]:
    """Return a type with the fields of an outcome except its arrays, for JSON."""
    hints = typing.get_type_hints(Outcome)
    fields = [field for field in dataclasses.fields(Outcome) if field.name != "sets"]
    return msgspec.defstruct(
        "OutcomeFields",
        [
            (f.name, hints[f.name], msgspec.field(**_default(f))) if _default(f) else (f.name, hints[f.name])
            for f in fields
        ],
        kw_only=True,
    )


def _default(field: dataclasses.Field[Any]) -> dict[str, Any]:
    if field.default is not dataclasses.MISSING:
        return {"default": field.default}
    return {} if field.default_factory is dataclasses.MISSING else {"default_factory": field.default_factory}


def scored_set(arrays: Mapping[str, npt.NDArray[Any]], name: str, rules: list[str]) -> ScoredSet:
    """Return one set of scores from the arrays of an outcome.

    Raises
    ------
    ValueError
        If an array is missing or has a wrong shape.
    """
    try:
        y, scores = arrays[f"{name}.y"], arrays[f"{name}.scores"]
        # `kinds` is the name of the labels in schema 1.
        labels = arrays[f"{name}.labels"] if f"{name}.labels" in arrays else arrays[f"{name}.kinds"]
    except KeyError as error:
        raise ValueError(f"the array {error} is missing") from None
    if not (scores.shape == (len(rules), len(y)) and labels.shape == y.shape):
        raise ValueError(
            f"scores of shape {scores.shape} for {len(rules)} rules, {len(labels)} labels, {len(y)} values of y"
        )
    return ScoredSet(y=y, labels=labels, rules=tuple(rules), scores=scores)


def pack_arrays(arrays: Mapping[str, npt.NDArray[Any]], *, compressed: bool = True) -> bytes:
    """Return arrays as npz; empty bytes for none. Compressed for storage, but not for the wire: that is faster."""
    if not arrays:
        return b""
    if any(array.dtype.hasobject for array in arrays.values()):
        raise ValueError("an array of Python objects cannot be stored, since it would be pickled")
    buffer = io.BytesIO()
    plain: dict[str, Any] = dict(arrays)
    (np.savez_compressed if compressed else np.savez)(buffer, **plain)
    return buffer.getvalue()


def unpack_arrays(content: bytes) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays that `pack_arrays` packed. Nothing pickled is ever loaded."""
    if not content:
        return {}
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
