"""Examines a plugin's detector, dataset or metric in a process of its own; a check that ends the process has failed."""

from __future__ import annotations

import atexit
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchmark.conformance.check import Verdict
from benchmark.conformance.examine import checks_of, kind_of, subject_of
from benchmark.conformance.subject import DetectorSubject
from benchmark.interfaces.errors import BenchError, ContractBroken, InvalidRequest
from benchmark.registry import Registry
from benchmark.results.codec import from_plain, to_plain
from benchmark.running.process import SupervisedProcess

CHECK_SECONDS = 120.0
"""What one check may take."""

LAST_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is examined: a name, its kind if it is ambiguous, and a detector's preset and parameters."""

    name: str
    kind: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    preset: str = ""


def verdicts(registry: Registry, question: Question, *, seconds: float = CHECK_SECONDS) -> Generator[Verdict]:
    """Yield the verdicts as they come, in the order of `checks_of`.

    A check that ends the process, or takes more than `seconds`, has failed; the rest is done in a new process, or
    skipped where that check was a vital one.

    Raises
    ------
    BenchError
        If there is no such thing to examine, or it cannot be configured.
    """
    question = replace(question, kind=kind_of(registry, question.name, question.kind))
    framework = _framework(registry, question)
    checks = {check.name: check for check in checks_of(question.kind)}
    done: list[str] = []
    while len(done) < len(checks):
        process = SupervisedProcess("benchmark.conformance", framework)
        try:
            process.send({"type": "question", "question": to_plain(question), "skip": done})
            begun = reason = ""
            try:
                for header in _frames(process, seconds):
                    if header["type"] == "refused":
                        raise InvalidRequest(header["message"])
                    if header["type"] == "began":
                        begun = checks[header["check"]].name
                    else:
                        verdict = from_plain(header["verdict"], Verdict)
                        begun = ""
                        done.append(verdict.check)
                        yield verdict
            except (KeyError, TypeError, ValueError) as error:
                # The plugin, or something that it has started, wrote to the channel.
                reason = f"it was stopped: it sent what is no verdict ({type(error).__name__}: {error})"
            if len(done) == len(checks):
                return
            reason = reason or _end_of(process, seconds)
        finally:
            process.close(kill=True)
        if not begun:
            raise ContractBroken(f"{question.kind} {question.name!r} cannot be examined: {reason}")
        done.append(begun)
        yield checks[begun].verdict_of("failed", reason)
        if checks[begun].vital:
            for name in [name for name in checks if name not in done]:
                done.append(name)
                yield checks[name].verdict_of("skipped", f"`{begun}` failed")


class Answers:
    """The verdicts on one question by the names of the checks; the process starts when the first is needed.

    For tests that have one item a check, and want one process for all of them.
    """

    def __init__(self, registry: Registry, question: Question, *, seconds: float = CHECK_SECONDS) -> None:
        self._known: dict[str, Verdict] = {}
        self._error: BenchError | None = None
        self._coming = verdicts(registry, question, seconds=seconds)
        # Where only some of them are asked for, the process is still waiting at the end.
        atexit.register(self._coming.close)

    def __getitem__(self, check: str) -> Verdict:
        """Return a verdict; those of the checks before it are awaited too. Raise what `verdicts` raised, each time."""
        while check not in self._known:
            if self._error is not None:
                raise self._error
            try:
                verdict = next(self._coming)
            except BenchError as error:
                self._error = error
            else:
                self._known[verdict.check] = verdict
        return self._known[check]


def _framework(registry: Registry, question: Question) -> str:
    """Return what the process must be prepared for; raise as `verdicts` does."""
    subject = subject_of(
        question.name, kind=question.kind, values=question.values, preset=question.preset, among=registry
    )
    if not isinstance(subject, DetectorSubject):
        return subject.framework
    try:
        resolved = subject.resolved
    except BenchError:
        if question.values or question.preset:
            raise
        return "numpy"  # an invalid preset of the plugin's own: the check `presets_valid` shows it
    resolved.check_installed()
    return resolved.framework


def _frames(process: SupervisedProcess, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield frames until the other end has gone, or has sent nothing for so long.

    Raises
    ------
    ValueError
        If what came is no frame.
    """
    deadline = time.monotonic() + seconds
    while not process.gone and (left := deadline - time.monotonic()) > 0:
        if frames := process.receive(left):
            for header, _ in frames:
                yield header
            deadline = time.monotonic() + seconds


def _end_of(process: SupervisedProcess, seconds: float) -> str:
    """Return why there were no more frames."""
    if not process.gone:
        return f"it was stopped after {seconds:g} seconds"
    reason = process.exit_reason()
    lines = process.output.text().strip().splitlines()[-LAST_LINES:]
    return f"{reason}; its last lines: {' / '.join(lines) or 'none'}"
