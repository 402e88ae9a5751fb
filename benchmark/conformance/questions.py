"""Runs the checks of a detector, dataset or metric in a separate process; a check that ends this process has failed."""

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
"""Time limit of one check, in seconds."""

LAST_LINES = 3
"""Number of lines of the process's output that a verdict quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to check.

    Attributes
    ----------
    name : str
        The name of a detector, a dataset or a metric.
    kind : str
        `detector`, `dataset` or `metric`; may be empty if only one of them has this name.
    values : mapping
        Parameters of a detector, or options of a dataset.
    preset : str
        A preset of a detector; empty for `smoke` if it has one, else `fast`.
    """

    name: str
    kind: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    preset: str = ""


def verdicts(registry: Registry, question: Question, *, seconds: float = CHECK_SECONDS) -> Generator[Verdict]:
    """Yield each verdict when its check ends, in the order of `checks_of`.

    A check that ends the process, or takes more than `seconds`, has failed. The checks after it run in a new process;
    if that check is vital, they are skipped.

    Raises
    ------
    BenchError
        If the name is unknown or ambiguous, a parameter is invalid, or a required package is missing.
    """
    question = replace(question, kind=kind_of(registry, question.name, question.kind))
    framework = _framework(registry, question)
    checks = {check.name: check for check in checks_of(question.kind)}
    finished: list[str] = []
    while len(finished) < len(checks):
        process = SupervisedProcess("benchmark.conformance", framework)
        try:
            process.send({"type": "question", "question": to_plain(question), "skip": finished})
            running = reason = ""
            try:
                for header in _frames(process, seconds):
                    if header["type"] == "refused":
                        raise InvalidRequest(header["message"])
                    if header["type"] == "began":
                        running = checks[header["check"]].name
                    else:
                        verdict = from_plain(header["verdict"], Verdict)
                        running = ""
                        finished.append(verdict.check)
                        yield verdict
            except (KeyError, TypeError, ValueError) as error:
                # The plugin, or a process that it started, wrote to the channel.
                reason = f"it was stopped: it sent data that is not a verdict ({type(error).__name__}: {error})"
            if len(finished) == len(checks):
                return
            reason = reason or _end_of(process, seconds)
        finally:
            process.close(kill=True)
        if not running:
            raise ContractBroken(f"{question.kind} {question.name!r} cannot be checked: {reason}")
        finished.append(running)
        yield checks[running].verdict_of("failed", reason)
        if checks[running].vital:
            for name in [name for name in checks if name not in finished]:
                finished.append(name)
                yield checks[name].verdict_of("skipped", f"`{running}` failed")


class Answers:
    """The verdicts on one question, by the name of the check.

    The process starts when the first verdict is needed, so that tests with one item for each check share one process.
    """

    def __init__(self, registry: Registry, question: Question, *, seconds: float = CHECK_SECONDS) -> None:
        self._verdicts: dict[str, Verdict] = {}
        self._error: BenchError | None = None
        self._remaining = verdicts(registry, question, seconds=seconds)
        # If only some verdicts are needed, the process still runs when the tests end.
        atexit.register(self._remaining.close)

    def __getitem__(self, check: str) -> Verdict:
        """Return the verdict of a check, after those of the checks before it; raises the errors of `verdicts`."""
        while check not in self._verdicts:
            if self._error is not None:
                raise self._error
            try:
                verdict = next(self._remaining)
            except BenchError as error:
                self._error = error
            else:
                self._verdicts[verdict.check] = verdict
        return self._verdicts[check]


def _framework(registry: Registry, question: Question) -> str:
    """Return the framework that the process is set up for; raises the errors of `verdicts`."""
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
        return "numpy"  # a preset of the plugin is invalid: the check `presets_valid` fails
    resolved.check_installed()
    return resolved.framework


def _frames(process: SupervisedProcess, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield the header of each frame until the process ends, or sends nothing for `seconds`.

    Raises
    ------
    ValueError
        If the process sends data that is not a frame.
    """
    deadline = time.monotonic() + seconds
    while not process.gone and (seconds_left := deadline - time.monotonic()) > 0:
        if frames := process.receive(seconds_left):
            for header, _ in frames:
                yield header
            deadline = time.monotonic() + seconds


def _end_of(process: SupervisedProcess, seconds: float) -> str:
    """Return why the process sends no more frames."""
    if not process.gone:
        return f"it was stopped after {seconds:g} seconds"
    reason = process.exit_reason()
    lines = process.output.text().strip().splitlines()[-LAST_LINES:]
    return f"{reason}; its last lines: {' / '.join(lines) or 'none'}"
