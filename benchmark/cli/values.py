"""`--set KEY=VALUE`: values are TOML, a bare comma sweeps, brackets are one value."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from benchmark.interfaces.errors import InvalidParameter, InvalidRequest


def parse_setting(text: str) -> tuple[str, list[Any]]:
    """Return the key and the values that a `KEY=VALUE` text sets, one after the other.

    Examples
    --------
    >>> parse_setting("weight=.1,0.5")
    ('weight', [0.1, 0.5])
    >>> parse_setting("filters=[32,64]")
    ('filters', [[32, 64]])
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise InvalidRequest(f"a setting is written as KEY=VALUE; not {text!r}")
    values = [parse_value(item) for item in _split(value)]
    if not values:
        raise InvalidParameter(f"{key.strip()} has no value in {text!r}")
    return key.strip(), values


def parse_settings(texts: Sequence[str]) -> dict[str, list[Any]]:
    """Return key -> values of several `KEY=VALUE` texts.

    Raises
    ------
    InvalidRequest
        If a key is there twice.
    """
    settings: dict[str, list[Any]] = {}
    for text in texts:
        key, values = parse_setting(text)
        if key in settings:
            raise InvalidRequest(f"{key} is set twice; to try both values write {key}=A,B")
        settings[key] = values
    return settings


def parse_value(text: str) -> Any:
    """Return what a text means in TOML; a number that TOML spells otherwise, such as `.5`; else the text itself."""
    text = text.strip()
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:  # no TOML; or an integer of more digits than Python reads
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _split(text: str) -> list[str]:
    """Split at the commas that stand outside brackets and quotes."""
    items, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        if character == "," and not depth and not quote:
            items.append("")
        else:
            items[-1] += character
    return [item for item in items if item.strip()]
