"""`--config study.toml`: a run described in a file."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, MinLen

from benchmark.interfaces.errors import InvalidRequest, did_you_mean
from benchmark.running.grid import combinations
from benchmark.running.request import DetectorChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyDetector:
    """A `[[detectors]]` table: `set` gives a key one value, `sweep` a list of values to try."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    preset: str = "fast"
    set: dict[str, Any] = field(default_factory=dict)
    sweep: dict[str, Annotated[list[Any], MinLen(1)]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study file. `seeds` is how many, or a list of them."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    detectors: Annotated[tuple[StudyDetector, ...], MinLen(1)]
    datasets: Annotated[tuple[str, ...], MinLen(1)] = ("digits",)
    classes: str = ""
    seeds: Annotated[int, Ge(1)] | Annotated[tuple[int, ...], MinLen(1)] = 1
    validation: float | None = None
    validation_only: bool = False
    threads: int = 1

    def choices(self) -> tuple[DetectorChoice, ...]:
        """Return the detectors, sweeps multiplied out."""
        return tuple(
            DetectorChoice(name=d.name, preset=d.preset, values={**d.set, **values})
            for d in self.detectors
            for values in combinations(d.sweep)
        )


def read_study(path: Path) -> Study:
    """Read a study file.

    Raises
    ------
    InvalidRequest
        If it cannot be read; with the line, and the key where there is one.
    """
    import pydantic

    try:
        text = path.read_text(encoding="utf-8")
        plain = tomllib.loads(text)
    except OSError as error:
        raise InvalidRequest(f"the study {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"the study {path} cannot be read: it is not UTF-8 ({error.reason})") from None
    except tomllib.TOMLDecodeError as error:
        message = str(error).replace("at end of document", f"at line {len(text.splitlines())}, the end of the document")
        raise InvalidRequest(f"the study {path} cannot be read: {message}") from None
    try:
        return pydantic.TypeAdapter(Study).validate_json(json.dumps(plain, default=str), strict=True)
    except pydantic.ValidationError as error:
        raise InvalidRequest(_complaint(path, text, error.errors(include_url=False)[0])) from None


def _complaint(path: Path, text: str, problem: Any) -> str:
    location = problem["loc"]
    # Of a union, pydantic's location also names the member that was tried: no key of the file.
    fields = {*Study.__slots__, *StudyDetector.__slots__}
    keys = [part for part in location if part in fields or re.search(rf"\b{re.escape(str(part))}\b *[=.]", text)]
    key = next((part for part in reversed(keys) if isinstance(part, str)), str(location[-1]))
    table = next((part for part in location if isinstance(part, int)), None)
    line = _line_of(text, key, table)
    where = f"the study {path}{f', line {line}' if line else ''}, key {key!r}"
    if problem["type"] == "unexpected_keyword_argument":
        known = StudyDetector if "detectors" in location else Study
        return f"{where}: {did_you_mean('key of a study', key, known.__slots__)}"
    message = problem["msg"]
    return f"{where}: {message[:1].lower()}{message[1:]}; got {json.dumps(problem['input'], default=str)[:80]}"


def _line_of(text: str, key: str, table: int | None) -> int | None:
    """Return the line that sets a key: the first one, or the first within the given `[[detectors]]` table."""
    tables = -1
    for number, line in enumerate(text.splitlines(), start=1):
        tables += line.strip().startswith("[[")
        inside = table is None or tables == table
        if inside and re.match(rf"\s*\[*[\w.\"']*\b{re.escape(key)}\b[\"']?\s*(=|\.|\])", line):
            return number
    return None
