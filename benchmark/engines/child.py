"""A worker process as its engine sees it: started, given jobs, listened to, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import benchmark
from benchmark import frameworks
from benchmark.engines import EpochDone, Event, TrialFinished, TrialStarted
from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.errors import ContractBroken
from benchmark.trial import Cost, Job, Outcome, unpack_arrays
from benchmark.worker import frames

__all__ = ["Child", "Needs", "child_environment", "needs_of"]

LAST_BYTES = 16 << 10
"""How much of a worker's output is remembered, however much it writes."""

GRACE_SECONDS = 5.0

STARTUP_SECONDS = 120.0
"""How much longer than its time limit a trial may take while its worker starts and loads the framework."""

Needs = tuple[str, int, int | None]
"""What a worker is started for: framework, threads, the GPU's number or None."""


def needs_of(job: Job) -> Needs:
    """Return what a worker must have been started for to run a job."""
    return job.trial.framework, job.trial.threads, job.gpu


class Child:
    """One worker process. It runs one job at a time, and every job given to it ends with an outcome.

    Attributes
    ----------
    needs : tuple
        What it was started for.
    job : Job or None
        What it is running.
    gone : bool
        It can take no further job.
    """

    def __init__(self, needs: Needs) -> None:
        framework, threads, gpu = needs
        self.needs = needs
        self.job: Job | None = None
        self.gone = False
        self._curves: list[EpochReport] = []
        self._given = 0.0
        self._started: float | None = None
        self._most_mib = 0.0
        self._origin: dict[str, object] = {}
        self._reader = frames.FrameReader()
        self._channel, theirs = socket.socketpair()
        with theirs:
            # -P: a `benchmark` or `queue.py` in the user's folder is none of the worker's business.
            # A session of its own: Ctrl-C reaches the coordinator alone, which decides what happens to the child.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "benchmark.worker", f"--fd={theirs.fileno()}", f"--framework={framework}"],
                env=child_environment(framework, threads=threads, gpu=gpu),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert self._process.stdout is not None  # asked for above
        self._output = _Tail(self._process.stdout)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when there is something to `listen` to."""
        return self._channel.fileno()

    def give(self, job: Job) -> None:
        """Hand over a job; `listen` tells what comes of it."""
        self.job, self._curves = job, []
        self._given, self._started, self._most_mib = time.monotonic(), None, 0.0
        self._output.clear()
        # If it has died already, `listen` will say so.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            frames.send(self._channel, {"kind": "job", "job": job.to_plain()})

    def listen(self) -> Iterator[Event]:
        """Yield what has happened since, without waiting; the outcome of the job also when the process has died."""
        # Asked before reading: what a process has sent before its death is then read first. Its end of the channel
        # may outlive it, in the hands of something it has forked.
        dead = self._process.poll() is not None
        content = self._read()
        try:
            for header, payload in self._reader.feed(content or b""):
                yield from self._told(header, payload)
        except (KeyError, TypeError, ValueError) as error:
            # What a detector has started or forked may speak in the worker's place.
            self.gone = True
            if self.job is not None:
                said = f"the worker said what nobody asked for: {type(error).__name__}: {error}"
                yield TrialFinished(self._fault("killed", "ContractBroken", said))
            return
        if content is None or (dead and not content):
            self.gone = True
            if self.job is not None:
                yield TrialFinished(self._fault("killed", "WorkerDied", self._obituary()))

    def restrain(self, timeout: float | None, memory_limit_mib: float | None) -> Iterator[Event]:
        """Yield the outcome of a job that has taken too much time or memory; the process is then done for."""
        if self.job is None:
            return
        used = self._resident_mib()
        self._most_mib = max(self._most_mib, used)
        # A trial's clock starts when its framework has loaded; that has a limit of its own.
        since = self._given + STARTUP_SECONDS if self._started is None else self._started
        if timeout is not None and time.monotonic() - since > timeout:
            self.gone = True
            yield TrialFinished(self._fault("timeout", "TimedOut", f"stopped after {timeout:g} seconds (--timeout)"))
        elif memory_limit_mib is not None and used > memory_limit_mib:
            self.gone = True
            said = f"stopped at {used:.0f} MiB of resident memory (--memory-limit {memory_limit_mib:g})"
            yield TrialFinished(self._fault("out_of_memory", "MemoryLimit", said))

    def close(self, *, kill: bool = False) -> None:
        """End the process: it leaves when its channel closes; by force if it does not, or if `kill` is set."""
        self.gone = True
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            if not kill:
                self._process.wait(GRACE_SECONDS)
        # The whole session: what the detector has started goes with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._output.close()

    def _resident_mib(self) -> float:
        """Return the resident memory of the process and of what it has started."""
        import psutil

        used = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._process.pid)
            for one in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    used += one.memory_info().rss
        return used / 2**20

    def _told(self, header: dict[str, object], payload: bytes) -> Iterator[Event]:
        if header["kind"] == "hello":
            if header.get("protocol") != frames.PROTOCOL:
                raise ContractBroken(f"the worker speaks protocol {header.get('protocol')}, this is {frames.PROTOCOL}")
            self._origin = dict(header["origin"])  # type: ignore[call-overload]
            return
        if self.job is None or header["id"] != self.job.trial.id:
            raise ValueError(f"{header['kind']!r} of a trial that it is not running")
        if header["kind"] == "started":
            self._started = time.monotonic()
            yield TrialStarted(self.job.trial)
        elif header["kind"] == "epoch":
            report = EpochReport(**header["report"])  # type: ignore[arg-type]
            self._curves.append(report)
            yield EpochDone(self.job.trial, report)
        else:
            outcome = Outcome.from_plain(header["outcome"], unpack_arrays(payload))  # type: ignore[arg-type]
            self.job = None
            yield TrialFinished(outcome)

    def _read(self) -> bytes | None:
        """Return the bytes that are there; None when the other end has gone."""
        try:
            return self._channel.recv(1 << 20, socket.MSG_DONTWAIT) or None
        except BlockingIOError:
            return b""
        except ConnectionResetError:
            return None

    def _fault(self, status: str, error_type: str, message: str) -> Outcome:
        """Return the outcome of the job that this process did not bring to its end."""
        assert self.job is not None
        job, self.job = self.job, None
        since = self._given if self._started is None else self._started
        return Outcome(
            trial=job.trial,
            status=status,
            source=job.source,
            task=job.task,
            error_type=error_type,
            message=message,
            last_lines=self._output.text(),
            curves=tuple(report.to_plain() for report in self._curves),
            provenance={**job.origin, **self._origin},
            cost=Cost(wall_seconds=time.monotonic() - since, peak_memory_mib=self._most_mib or None),
        )

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
        self._content = bytearray()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def clear(self) -> None:
        with self._lock:
            self._content.clear()

    def text(self) -> str:
        self._thread.join(0.5)  # after a death, what is still in the pipe
        with self._lock:
            return self._content.decode(errors="replace")

    def close(self) -> None:
        self._thread.join(GRACE_SECONDS)
        if not self._thread.is_alive():  # else a stray process still holds the pipe's other end
            self._stream.close()

    def _drain(self) -> None:
        while piece := os.read(self._stream.fileno(), 1 << 16):
            with self._lock:
                self._content += piece
                del self._content[:-LAST_BYTES]


def child_environment(framework: str, *, threads: int, gpu: int | None) -> dict[str, str]:
    """Return the variables that a process needs to be a worker: found where this process was, and prepared."""
    variables = dict(os.environ) | frameworks.environment(framework, threads=threads, gpu=gpu)
    # The child must find the same `benchmark` as this process, wherever it was started from.
    home = str(Path(benchmark.__file__).parents[1])
    paths = [home, *filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))]
    return variables | {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        # Last words: printed before a death, and the stack of a segmentation fault.
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
    }
