"""A config dataclass as a schema: the parameters, their bounds, and the check of values."""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import annotated_types

from benchmark.interfaces.added_later import AddedLater
from benchmark.interfaces.errors import BadSpec, InvalidParameter, UnknownName, did_you_mean


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field of a config, as `bench show DETECTOR` lists it. A `required` field has no default."""

    name: str
    type: str
    default: Any
    bounds: str
    doc: str
    required: bool = False


def describe(config: type) -> tuple[Parameter, ...]:
    """Return the fields of a config dataclass, in order."""
    hints = typing.get_type_hints(config, include_extras=True)
    described = []
    for field in dataclasses.fields(config):
        hint = hints[field.name]
        notes: tuple[Any, ...] = ()
        if typing.get_origin(hint) is typing.Annotated:
            hint, *rest = typing.get_args(hint)
            notes = tuple(rest)
        default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
        required = default is dataclasses.MISSING
        described.append(
            Parameter(
                name=field.name,
                type=_type_text(hint),
                default=None if required else _plain_value(default),
                required=required,
                bounds=", ".join(text for note in notes if (text := _bound_text(note))),
                doc=next((note for note in notes if isinstance(note, str)), ""),
            )
        )
    return tuple(described)


def resolve(config: type, values: Mapping[str, Any], *, owner: str) -> Any:
    """Return an instance of `config` with `values` set, every type and bound checked.

    Parameters
    ----------
    config : type
        A frozen dataclass.
    values : mapping
        Field -> plain value (what TOML or JSON can hold).
    owner : str
        The owner of the parameters, for messages: "detector 'ocvae'".

    Raises
    ------
    UnknownName
        If a key is not a field.
    InvalidParameter
        If a value has the wrong type, is out of bounds or contradicts another.
    """
    import pydantic

    known = [field.name for field in dataclasses.fields(config)]
    for key in values:
        if key not in known:
            raise UnknownName(did_you_mean("parameter", key, known).message, owner=owner)
    try:
        for key, value in values.items():
            if not _is_finite(value):
                raise InvalidParameter(_refusal(config, key, value, "a number must be finite"), owner=owner)
        # Through JSON, and strictly: 1 is a float and [32, 64] a tuple, but true is no number and "16" no integer.
        return _adapter(config).validate_json(json.dumps(dict(values)), strict=True)
    except pydantic.ValidationError as error:
        raise InvalidParameter(_first_problem(error, config), owner=owner) from None
    except TypeError as error:
        raise InvalidParameter(f"a value is not plain: {error}", owner=owner) from None
    except pydantic.PydanticUserError as error:
        raise BadSpec(f"its config cannot be checked: {error}", owner=owner) from None


@functools.lru_cache(maxsize=64)
def _adapter(config: type) -> Any:
    """Return the validator of a config; making one takes milliseconds."""
    import pydantic

    return pydantic.TypeAdapter(config)


def plain(config: Any) -> dict[str, Any]:
    """Return the fields of a config as plain values."""
    return {field.name: _plain_value(getattr(config, field.name)) for field in dataclasses.fields(config)}


def for_trial(config: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain values as a trial keeps them: without fields that are `AddedLater`, at their earlier value."""
    earlier = _earlier_values(config)
    return {key: value for key, value in values.items() if key not in earlier or not _same(earlier[key], value)}


def of_trial(config: type, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a trial with the values that `for_trial` has left out."""
    return {**_earlier_values(config), **params}


def changed(config: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain `values` that differ from the defaults of `config`."""
    defaults = {parameter.name: parameter.default for parameter in describe(config)}
    return {key: value for key, value in values.items() if key not in defaults or not _same(defaults[key], value)}


def _earlier_values(config: type) -> dict[str, Any]:
    """Return the fields that were added later -> the value that reproduces the earlier behaviour."""
    hints = typing.get_type_hints(config, include_extras=True)
    notes = {name: hint.__metadata__ for name, hint in hints.items() if typing.get_origin(hint) is typing.Annotated}
    return {
        name: _plain_value(note.earlier) for name, of in notes.items() for note in of if isinstance(note, AddedLater)
    }


def _same(one: Any, other: Any) -> bool:
    """Return whether two plain values are equal; by their JSON text, since `True == 1` in Python."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _plain_value(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain_value(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain_value(item) for key, item in value.items()}
    return value


def _is_finite(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def _type_text(hint: Any) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _type_text(args[0])
    if origin is typing.Literal:
        return " | ".join(json.dumps(arg) for arg in args)
    if origin is typing.Union or isinstance(hint, types.UnionType):
        return " | ".join(_type_text(arg) for arg in args)
    if isinstance(origin or hint, type) and issubclass(origin or hint, Mapping):
        return "table"
    if origin in (tuple, list) and args:
        return f"list of {_type_text(args[0])}"
    return getattr(hint, "__name__", str(hint)).replace("NoneType", "none")


def _bound_text(note: Any) -> str:
    match note:
        case annotated_types.Interval():
            return ", ".join(text for part in note if (text := _bound_text(part)))
        case annotated_types.Ge(ge=bound):
            return f">= {bound}"
        case annotated_types.Gt(gt=bound):
            return f"> {bound}"
        case annotated_types.Le(le=bound):
            return f"<= {bound}"
        case annotated_types.Lt(lt=bound):
            return f"< {bound}"
        case annotated_types.MultipleOf(multiple_of=step):
            return f"multiple of {step}"
        case annotated_types.Len(min_length=low, max_length=high):
            return f"{low} to {high} values" if high is not None else f"at least {low} value{'s' * (low != 1)}"
        case annotated_types.MinLen(min_length=low):
            return f"at least {low} value{'s' * (low != 1)}"
        case annotated_types.MaxLen(max_length=high):
            return f"at most {high} values"
    return ""


def _first_problem(error: Any, config: type) -> str:
    problem = error.errors(include_url=False)[0]
    message = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return str(message)
    key, *inside = problem["loc"]
    where = "".join(f"[{part}]" for part in inside if isinstance(part, int))
    return _refusal(config, str(key), problem["input"], message[:1].lower() + message[1:], where)


def _refusal(config: type, key: str, value: Any, why: str, where: str = "") -> str:
    parameter = next(p for p in describe(config) if p.name == key)
    takes = f"{parameter.type}{', ' * bool(parameter.bounds)}{parameter.bounds}"
    return f"{key}{where} = {json.dumps(value)} is refused: {why}. {key} takes {takes}"
