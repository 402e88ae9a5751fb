"""Starts the process that examines, and brings its verdicts; a death in the middle of a check is one of them."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from benchmark.engines.child import child_environment
from benchmark.interfaces.errors import BenchError, ContractBroken, InvalidRequest
from benchmark.registry import Registry
from benchmark.testing.check import Verdict
from benchmark.testing.examine import checks_of, kind_of, subject_of
from benchmark.testing.subject import DetectorSubject
from benchmark.worker import frames

__all__ = ["CHECK_SECONDS", "Answers", "Question", "verdicts"]

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
    kind = kind_of(registry, question.name, question.kind)
    subject = subject_of(registry, question.name, kind=kind, values=question.values, preset=question.preset)
    try:
        framework = subject.framework
    except BenchError:  # an invalid preset: `presets_valid` tells of it, and the rest fails likewise
        if question.values or question.preset:
            raise
        framework = "numpy"
    else:
        if isinstance(subject, DetectorSubject):
            registry.require(question.name, subject.config)
    checks = {check.name: check for check in checks_of(kind)}
    done: list[str] = []
    while len(done) < len(checks):
        asked = {"name": question.name, "kind": kind, "preset": question.preset, "skip": done}
        with _Process(framework) as process:
            frames.send(process.channel, {**asked, "values": dict(question.values)})
            begun = ""
            for frame in process.listen(seconds):
                if frame["kind"] == "refused":
                    raise InvalidRequest(frame["message"])
                if frame["kind"] == "began":
                    begun = frame["check"]
                else:
                    verdict = Verdict(**frame["verdict"])
                    begun = ""
                    done.append(verdict.check)
                    yield verdict
            if len(done) == len(checks):
                return
            came = process.obituary()
        if not begun:
            raise ContractBroken(f"{kind} {question.name!r} cannot be examined: {came}")
        done.append(begun)
        yield checks[begun].verdict_of("failed", came)
        if checks[begun].vital:
            for name in [name for name in checks if name not in done]:
                done.append(name)
                yield checks[name].verdict_of("skipped", f"`{begun}` failed")


class Answers:
    """The verdicts on one question by the names of the checks; asked for when the first is needed.

    For tests that have one item a check, and want one process for all of them.
    """

    def __init__(self, registry: Registry, question: Question, *, seconds: float = CHECK_SECONDS) -> None:
        self._known: dict[str, Verdict] = {}
        self._refused: BenchError | None = None
        self._coming = verdicts(registry, question, seconds=seconds)
        # Who asks for some of them only leaves the process waiting.
        atexit.register(self._coming.close)

    def __getitem__(self, check: str) -> Verdict:
        """Return a verdict; those of the checks before it are awaited too. Raise what `verdicts` raised, each time."""
        while check not in self._known:
            if self._refused is not None:
                raise self._refused
            try:
                verdict = next(self._coming)
            except BenchError as error:
                self._refused = error
            else:
                self._known[verdict.check] = verdict
        return self._known[check]


class _Process:
    """One examining process."""

    def __init__(self, framework: str) -> None:
        self.channel, theirs = socket.socketpair()
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._told = ""
        # As an engine starts a worker: -P and a session of its own, for the reasons given there.
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "benchmark.testing", "--fd", str(theirs.fileno())],
                env=child_environment(framework, threads=1, gpu=None),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *raised: object) -> None:
        self.channel.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._output.close()

    def listen(self, seconds: float) -> Iterator[dict[str, Any]]:
        """Yield frames until the other end has gone, or says nothing for too long."""
        reader = frames.FrameReader()
        deadline = time.monotonic() + seconds
        while True:
            self.channel.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                content = self.channel.recv(1 << 16)
            except TimeoutError:
                self._told = f"it was stopped after {seconds:g} seconds"
                return
            except ConnectionResetError:
                return
            if not content:
                return
            for header, _ in reader.feed(content):
                yield header
            deadline = time.monotonic() + seconds

    def obituary(self) -> str:
        """Return why there will be no more frames."""
        if self._told:
            return self._told
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return "the process closed its channel and went on"
        how = f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"exit code {code}"
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").strip().splitlines()[-LAST_LINES:]
        return f"the process ended with {how}; its last lines: {' / '.join(lines) or 'none'}"
