"""What a check is: a name, what it expects of a plugin, how to fix one that breaks it, and the verdict."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Subject = TypeVar("Subject")

MESSAGE_LENGTH = 600


class Failed(Exception):
    """A check got something else than it expects; the message says what."""


class Skipped(Exception):
    """A check has nothing to look at; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of one check.

    Attributes
    ----------
    status : str
        `ok`, `failed` or `skipped`.
    expected, fix : str
        What should be, and how to get there.
    got : str
        What was there instead, or why there was nothing to look at.
    """

    check: str
    status: str
    expected: str
    got: str = ""
    fix: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """One clause of the contract. `look(subject)` returns if it is kept, else raises `Failed` or `Skipped`.

    Where a `vital` one ends the process or takes too long, so would the checks after it.
    """

    name: str
    expected: str
    fix: str
    look: Callable[[Subject], None]
    vital: bool = False

    def verdict(self, subject: Subject) -> Verdict:
        """Look, and return the verdict; whatever a plugin raises is a failure."""
        started = time.perf_counter()
        status, got = "ok", ""
        try:
            self.look(subject)
        except Skipped as reason:
            status, got = "skipped", str(reason)
        except Failed as problem:
            status, got = "failed", str(problem)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
            status, got = "failed", one_line(error)
        return self.verdict_of(status, got, seconds=round(time.perf_counter() - started, 3))

    def verdict_of(self, status: str, got: str, *, seconds: float = 0.0) -> Verdict:
        """Return a verdict of this check."""
        fix = self.fix if status == "failed" else ""
        return Verdict(check=self.name, status=status, expected=self.expected, got=got, fix=fix, seconds=seconds)


def check(*, expected: str, fix: str, vital: bool = False) -> Callable[[Callable[[Subject], None]], Check[Subject]]:
    """Make a check of a function, with the function's name."""

    def decorate(function: Callable[[Subject], None]) -> Check[Subject]:
        return Check(function.__name__, expected, fix, function, vital)

    return decorate


def one_line(error: BaseException) -> str:
    """Return an error on one line: its type, its message, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    message = " ".join(f"{type(error).__name__}: {error}".split())
    return message[:MESSAGE_LENGTH].rstrip(": ") + place
