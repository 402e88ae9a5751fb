"""A supervised child process: starts it, exchanges frames with it, measures it, and ends it with its children."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from benchmark.running import frameworks, wire

LAST_BYTES = 16 << 10
"""How many bytes of a process's output are kept: the last ones."""

GRACE_SECONDS = 5.0


class SupervisedProcess:
    """A Python module that runs in a child process, with a channel for frames: `python -m MODULE --fd=N`.

    Parameters
    ----------
    module : str
        The module; its option `--fd` is the descriptor of its end of the channel.
    framework : str
        The framework for which the environment is prepared.
    gpu : int or None
        The one GPU that is visible to it; None: none.
    arguments : sequence of str
        Further arguments of the module.
    without : sequence of str
        Environment variables of this process that it does not get.

    Attributes
    ----------
    gone : bool
        Whether it has ended or closed its channel: no further frame will arrive.
    """

    def __init__(
        self,
        module: str,
        framework: str,
        *,
        threads: int = 1,
        gpu: int | None = None,
        arguments: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> None:
        self.gone = False
        self._reader = wire.FrameReader()
        self._channel, theirs = socket.socketpair()
        environment = child_environment(framework, threads=threads, gpu=gpu)
        with theirs:
            # -P: a `benchmark` or `queue.py` in the user's folder must not be imported.
            # A new session: Ctrl-C reaches only the coordinator, which ends the child process if necessary.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, f"--fd={theirs.fileno()}", *arguments],
                env={name: value for name, value in environment.items() if name not in without},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert self._process.stdout is not None  # stdout=PIPE above
        self.output = _LastOutput(self._process.stdout)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when bytes for `receive` have arrived."""
        return self._channel.fileno()

    def send(self, header: Mapping[str, Any], *, descriptor: int | None = None) -> None:
        """Send a frame, perhaps with a file. A process that has already ended is noticed by `receive`."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.send(self._channel, header, descriptor=descriptor)

    def receive(self, wait_seconds: float = 0.0) -> list[wire.Frame]:
        """Return the frames that have arrived, after waiting at most this long for the first bytes.

        Raises
        ------
        ValueError
            If the bytes are not a frame, for example because a child of the process wrote to the channel.
        """
        if wait_seconds:
            waiting = select.poll()
            waiting.register(self._channel, select.POLLIN)
            waiting.poll(wait_seconds * 1000)
        # Poll the process first, so that frames from before its end are still read. One of its child processes may
        # keep the channel open.
        ended = self._process.poll() is not None
        content = self._read()
        self.gone = content is None or (ended and not content)
        return list(self._reader.feed(content or b""))

    def exit_reason(self) -> str:
        """Return why no further frame will arrive."""
        try:
            code = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "the process closed its channel and kept running"
        if code < 0:
            return f"the process was ended by signal {-code} ({signal.Signals(-code).name})"
        return f"the process ended by itself with exit code {code}"

    def resident_mib(self) -> float:
        """Return the resident memory of the process and its children, in MiB."""
        import psutil

        used = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._process.pid)
            for each in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    used += each.memory_info().rss
        return used / 2**20

    def close(self, *, kill: bool = False) -> None:
        """End the process by closing its channel; kill it if that does not end it, or at once if `kill` is set."""
        self.gone = True
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            if not kill:
                self._process.wait(GRACE_SECONDS)
        # The whole session: the children of the process end too.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.output.close()

    def _read(self) -> bytes | None:
        """Return the bytes that have arrived; None if the other end is closed."""
        try:
            return self._channel.recv(1 << 20, socket.MSG_DONTWAIT) or None
        except BlockingIOError:
            return b""
        except ConnectionResetError:
            return None


class _LastOutput:
    """Reads a stream in the background and keeps the last bytes, so that the writer never blocks."""

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
        self._thread.join(0.5)  # after the process has ended, wait until the rest of the pipe is read
        with self._lock:
            return self._content.decode(errors="replace")

    def close(self) -> None:
        self._thread.join(GRACE_SECONDS)
        if not self._thread.is_alive():  # otherwise a child process has the other end of the pipe open
            self._stream.close()

    def _drain(self) -> None:
        while piece := os.read(self._stream.fileno(), 1 << 16):
            with self._lock:
                self._content += piece
                del self._content[:-LAST_BYTES]


def child_environment(framework: str, *, threads: int, gpu: int | None) -> dict[str, str]:
    """Return the environment variables of the process: prepared for the framework, with this process's import path."""
    variables = dict(os.environ) | frameworks.environment(framework, threads=threads, gpu=gpu)
    # The child must import the same `benchmark` as this process, whatever its working directory.
    home = str(Path(__file__).parents[2])
    paths = [home, *filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))]
    return variables | {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        # Unbuffered, so that output before a crash is not lost; a segmentation fault prints its stack.
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
    }
