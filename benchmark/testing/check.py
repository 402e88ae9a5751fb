"""What a check is: a name, the sentence that it holds a plugin to, the cure, and what came of it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

__all__ = ["Check", "Failed", "Skipped", "Verdict", "check"]

Subject = TypeVar("Subject")

MESSAGE_LENGTH = 600


class Failed(Exception):
    """A check found something else than it expects; the message says what came."""


class Skipped(Exception):
    """A check has nothing to look at; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one check.

    Attributes
    ----------
    status : str
        `ok`, `failed` or `skipped`.
    expected, cure : str
        What should be, and how to mend it.
    came : str
        What was found instead, or why there was nothing to look at.
    """

    check: str
    status: str
    expected: str
    came: str = ""
    cure: str = ""
    seconds: float = 0.0

    def to_plain(self) -> dict[str, Any]:
        """Return plain values for `Verdict(**plain)`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """One clause of the contract. `look(subject)` returns if it is kept, else raises `Failed` or `Skipped`.

    Where a `vital` one ends the process or takes too long, so would the checks after it.
    """

    name: str
    expected: str
    cure: str
    look: Callable[[Subject], None]
    vital: bool = False

    def verdict(self, subject: Subject) -> Verdict:
        """Look, and return what came of it; whatever a plugin raises is a failure."""
        started = time.perf_counter()
        status, came = "ok", ""
        try:
            self.look(subject)
        except Skipped as reason:
            status, came = "skipped", str(reason)
        except Failed as problem:
            status, came = "failed", str(problem)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code may raise anything
            status, came = "failed", told(error)
        seconds = time.perf_counter() - started
        return self.verdict_of(status, came, seconds=round(seconds, 3))

    def verdict_of(self, status: str, came: str, *, seconds: float = 0.0) -> Verdict:
        """Return a verdict on this check."""
        cure = self.cure if status == "failed" else ""
        return Verdict(check=self.name, status=status, expected=self.expected, came=came, cure=cure, seconds=seconds)


def check(*, expected: str, cure: str, vital: bool = False) -> Callable[[Callable[[Subject], None]], Check[Subject]]:
    """Make a check of a function, named as it is."""

    def made(function: Callable[[Subject], None]) -> Check[Subject]:
        return Check(function.__name__, expected, cure, function, vital)

    return made


def told(error: BaseException) -> str:
    """Return an error on one line: its type, its message, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return said[:MESSAGE_LENGTH].rstrip(": ") + where
