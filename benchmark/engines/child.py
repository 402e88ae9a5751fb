"""A worker process as its engine sees it: started, talked to over a socket, watched, and ended."""

from __future__ import annotations

import collections
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import benchmark
from benchmark import frameworks
from benchmark.engines import EpochDone, Event, TrialFinished, TrialStarted
from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.errors import ContractBroken
from benchmark.trial import Outcome, Trial, unpack_arrays
from benchmark.worker import frames

__all__ = ["Child", "WorkerDied"]

LAST_BYTES = 16 << 10
"""How much of a worker's output is remembered, however much it writes."""

GRACE_SECONDS = 5.0


class WorkerDied(Exception):
    """The process has gone; the message says how."""


class Child:
    """One worker process, for one framework with one number of threads on one device."""

    def __init__(self, framework: str, *, threads: int, device: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # A session of its own: Ctrl-C reaches the coordinator alone, which decides what happens to the child.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmark.worker", "--fd", str(theirs.fileno())],
                env=_environment(framework, threads=threads, device=device),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._channel = ours
        assert self._process.stdout is not None  # asked for above
        self._output = _Tail(self._process.stdout)
        self._greeted = False

    def run(self, trial: Trial) -> Iterator[Event]:
        """Yield what happens to a trial, its outcome last.

        Raises
        ------
        WorkerDied
            If the process ends before it has sent an outcome.
        """
        self._greet()
        self._send({"kind": "trial", "trial": trial.to_plain()})
        while True:
            header, payload = self._receive()
            match header["kind"]:
                case "started":
                    yield TrialStarted(trial)
                case "epoch":
                    yield EpochDone(trial, EpochReport(**header["report"]))
                case "outcome":
                    yield TrialFinished(Outcome.from_plain(header["outcome"], unpack_arrays(payload)))
                    return

    @property
    def last_lines(self) -> str:
        """The end of what the process has written to stdout and stderr."""
        return self._output.text()

    def close(self, *, kill: bool = False) -> None:
        """End the process: by closing its channel, and by force if it does not go or `kill` is set."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            if not kill:
                self._process.wait(GRACE_SECONDS)
        # The whole session: what the detector has started goes with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._output.close()

    def _greet(self) -> None:
        if self._greeted:
            return
        header, _ = self._receive()
        if header.get("protocol") != frames.PROTOCOL:
            raise ContractBroken(f"the worker speaks protocol {header.get('protocol')}, this is {frames.PROTOCOL}")
        self._greeted = True

    def _send(self, header: dict[str, object]) -> None:
        try:
            frames.send(self._channel, header)
        except (BrokenPipeError, ConnectionResetError):
            raise WorkerDied(self._obituary()) from None

    def _receive(self) -> frames.Frame:
        frame = frames.receive(self._channel)
        if frame is None:
            raise WorkerDied(self._obituary())
        return frame

    def _obituary(self) -> str:
        try:
            code = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "the worker process closed its channel and went on"
        if code < 0:
            return f"the worker process was ended by signal {-code} ({signal.Signals(-code).name})"
        return f"the worker process ended by itself with exit code {code}"


class _Tail:
    """Reads a stream to its end in the background and remembers the last of it, so that the writer never blocks."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._pieces: collections.deque[bytes] = collections.deque()
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def text(self) -> str:
        self._thread.join(0.5)  # after a death, what is still in the pipe
        content = b"".join(list(self._pieces))[-LAST_BYTES:]
        return content.decode(errors="replace")

    def close(self) -> None:
        self._thread.join(GRACE_SECONDS)
        if not self._thread.is_alive():  # else a stray process still holds the pipe's other end
            self._stream.close()

    def _drain(self) -> None:
        while piece := os.read(self._stream.fileno(), 4096):
            self._pieces.append(piece)
            while len(self._pieces) > 2 * LAST_BYTES // 4096:
                self._pieces.popleft()


def _environment(framework: str, *, threads: int, device: str) -> dict[str, str]:
    variables = dict(os.environ) | frameworks.environment(framework, threads=threads, device=device)
    # The child must find the same `benchmark` as this process, wherever it was started from.
    home = str(Path(benchmark.__file__).parents[1])
    paths = [home, *filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))]
    return variables | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
