"""A check: its name, what it expects of a plugin, how to fix a plugin that fails it, and its verdict."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Subject = TypeVar("Subject")

MESSAGE_LENGTH = 600
"""Largest number of characters that a verdict quotes of an error."""


class Failed(Exception):
    """The plugin fails the check; the message says what the check got."""


class Skipped(Exception):
    """The check does not apply; the message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of one check.

    Attributes
    ----------
    check : str
        The name of the check.
    status : str
        `ok`, `failed` or `skipped`.
    expected : str
        What the check expects of a plugin.
    got : str
        What the check got, if it failed; the reason, if it was skipped; else empty.
    fix : str
        How to fix the plugin, if the check failed; else empty.
    seconds : float
        How long the check took.
    """

    check: str
    status: str
    expected: str
    got: str = ""
    fix: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """One clause of the contract.

    Attributes
    ----------
    name : str
        The name in reports.
    expected, fix : str
        What the check expects of a plugin, and how to fix a plugin that fails it.
    run : callable
        Takes the subject. Returns if the subject keeps the clause, else raises `Failed` or `Skipped`.
    vital : bool
        Whether the later checks need what this one does. If it ends the process or takes too long, they are skipped.
    """

    name: str
    expected: str
    fix: str
    run: Callable[[Subject], None]
    vital: bool = False

    def verdict(self, subject: Subject) -> Verdict:
        """Run the check and return its verdict; any other error of the plugin is a failure."""
        started = time.perf_counter()
        status, got = "ok", ""
        try:
            self.run(subject)
        except Skipped as reason:
            status, got = "skipped", str(reason)
        except Failed as failure:
            status, got = "failed", str(failure)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
            status, got = "failed", one_line(error)
        return self.verdict_of(status, got, seconds=round(time.perf_counter() - started, 3))

    def verdict_of(self, status: str, got: str, *, seconds: float = 0.0) -> Verdict:
        """Return a verdict of this check."""
        fix = self.fix if status == "failed" else ""
        return Verdict(check=self.name, status=status, expected=self.expected, got=got, fix=fix, seconds=seconds)


def check(*, expected: str, fix: str, vital: bool = False) -> Callable[[Callable[[Subject], None]], Check[Subject]]:
    """Return a decorator that turns a function into a check with the function's name."""

    def decorate(function: Callable[[Subject], None]) -> Check[Subject]:
        return Check(function.__name__, expected, fix, function, vital)

    return decorate


def one_line(error: BaseException) -> str:
    """Return an error on one line: its type, its message, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    message = " ".join(f"{type(error).__name__}: {error}".split())
    return message[:MESSAGE_LENGTH].rstrip(": ") + place
