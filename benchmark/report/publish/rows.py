"""A line of a file of rows: one outcome as the public may see it, and how lines of several publishers merge."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmark.registry import Registry
from benchmark.report.publish.discretion import discreet, telltale
from benchmark.report.publish.schema import FIELDS, FORMAT, check, digest
from benchmark.report.published import reference_of
from benchmark.report.settings import settings_text
from benchmark.trial import Outcome, canonical_json

__all__ = ["Line", "lines_text", "make_line", "merged", "parse_line", "parse_lines"]

_OUTCOME = FIELDS & {field.name for field in dataclasses.fields(Outcome)}
_COST = (
    "load_seconds",
    "fit_seconds",
    "score_seconds",
    "wall_seconds",
    "peak_memory_mib",
    "train_images",
    "scored_images",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One published outcome.

    Attributes
    ----------
    text : str
        The line itself: canonical JSON.
    outcome : Outcome
        Without what is not published.
    settings : str
        What differed from the defaults, as the publisher's plugins had them.
    reference : str
        The ledger's key that the detector named; empty for none.
    """

    text: str
    outcome: Outcome
    settings: str
    reference: str

    @property
    def key(self) -> tuple[str, str]:
        """The trial's id, and the source that made the outcome: a file has one line of each.

        Another source supersedes nothing: the board shows the newest one that is complete.
        """
        return self.outcome.trial.id, self.outcome.source

    @property
    def age(self) -> tuple[str, str, int, int, str, str]:
        """What is greater of the line that counts: the later, then the greater uid.

        The same attempt may come twice: more numbers are of the one that was measured anew, the shorter settings of
        the publisher who knew the detector's defaults. The rest leaves no tie, so that it does not matter who merges
        with whom.
        """
        numbers = sum(map(len, self.outcome.metrics.values()))
        return (
            self.outcome.finished_at,
            self.outcome.uid,
            numbers,
            -len(self.settings),
            self.reference,
            self.text,
        )

    @property
    def place(self) -> tuple[Any, ...]:
        """What the lines of a file are sorted by."""
        trial = self.outcome.trial
        return trial.detector, canonical_json(trial.params), trial.seed, trial.task, *self.key


def make_line(outcome: Outcome, known: Registry) -> Line:
    """Return what is published of an outcome.

    Raises
    ------
    ValueError
        If it cannot be published, with the reason.
    """
    trial = outcome.trial
    if name := telltale(trial):
        raise ValueError(f"parameter {name!r} names a file, an address or a person, and a trial's id hashes it")
    seen = discreet(outcome)
    plain, _ = seen.to_plain()
    plain = {name: plain[name] for name in _OUTCOME} | {
        "cost": {name: plain["cost"][name] for name in _COST},
        "format": FORMAT,
        "id": trial.id,
        "settings": settings_text(trial, seen.task, known),
        "reference": reference_of(known, trial.detector),
    }
    return parse_line(canonical_json({**plain, "digest": digest(plain)}))


def parse_line(text: str) -> Line:
    """Return the line that a text is.

    Raises
    ------
    ValueError
        If it is none, with the reason.
    """
    try:
        plain = json.loads(text)
        if not isinstance(plain, dict):
            raise ValueError("it is no JSON object")
        check(plain, text)
        kept = {name: plain[name] for name in _OUTCOME}
        outcome = Outcome.from_plain({**kept, "curves": [], "sets": {}}, {})
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error.msg}") from None
    except (TypeError, RecursionError) as error:
        raise ValueError(f"it has other fields, or deeper ones, than a line has: {error}") from None
    return Line(text, outcome, plain["settings"], plain["reference"])


def parse_lines(content: bytes, dataset: str) -> tuple[Line, ...]:
    """Return the lines of a file of rows, in whatever order they are.

    Raises
    ------
    ValueError
        At the first that is none, with its number and the reason.
    """
    lines = []
    for number, text in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        try:
            line = parse_line(text.decode("ascii"))
            if line.outcome.trial.dataset != dataset:
                raise ValueError(f"it is of {line.outcome.trial.dataset!r}, not of {dataset!r}")
        except UnicodeDecodeError:
            raise ValueError(f"line {number}: it is not ASCII, as canonical JSON is") from None
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        lines.append(line)
    return tuple(lines)


def merged(*sets: Iterable[Line]) -> tuple[Line, ...]:
    """Return the line of each key that counts, sorted: the same whichever set comes first."""
    found: dict[tuple[str, str], Line] = {}
    for line in (line for lines in sets for line in lines):
        there = found.get(line.key)
        if there is None or there.age < line.age:
            found[line.key] = line
    return tuple(sorted(found.values(), key=lambda line: line.place))


def lines_text(lines: Iterable[Line]) -> str:
    """Return the text of a file of rows."""
    return "".join(f"{line.text}\n" for line in lines)
