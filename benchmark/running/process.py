"""A child process under supervision: started, sent frames, measured, and ended with all it has started."""

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
"""How much of a process's output is remembered, however much it writes."""

GRACE_SECONDS = 5.0


class SupervisedProcess:
    """A Python module run in a process of its own, with a channel for frames: `python -m MODULE --fd=N`.

    Parameters
    ----------
    module : str
        What is run; it takes the descriptor of its end of the channel as `--fd`.
    framework : str
        What its environment is prepared for.
    gpu : int or None
        The one GPU that it sees.
    arguments : sequence of str
        What else the module takes.

    Attributes
    ----------
    gone : bool
        It has ended, or closed its channel: no frame will come.
    """

    def __init__(
        self, module: str, framework: str, *, threads: int = 1, gpu: int | None = None, arguments: Sequence[str] = ()
    ) -> None:
        self.gone = False
        self._reader = wire.FrameReader()
        self._channel, theirs = socket.socketpair()
        with theirs:
            # -P: a `benchmark` or `queue.py` in the user's folder must not be imported.
            # A session of its own: Ctrl-C reaches the coordinator alone, which decides what happens to the child.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, f"--fd={theirs.fileno()}", *arguments],
                env=child_environment(framework, threads=threads, gpu=gpu),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert self._process.stdout is not None  # asked for above
        self.output = _LastOutput(self._process.stdout)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when there is something to `receive`."""
        return self._channel.fileno()

    def send(self, header: Mapping[str, Any]) -> None:
        """Send a frame; if the process has ended already, `receive` will show it."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.send(self._channel, header)

    def receive(self, wait_seconds: float = 0.0) -> list[wire.Frame]:
        """Return the frames that have come, after waiting for the first bytes at most so long.

        Raises
        ------
        ValueError
            If what came is no frame: something that the process has started or forked may have written it.
        """
        if wait_seconds:
            waiting = select.poll()
            waiting.register(self._channel, select.POLLIN)
            waiting.poll(wait_seconds * 1000)
        # Poll the process first: what it sent before it ended is then still read. Its end of the channel may stay
        # open in something that it has forked.
        dead = self._process.poll() is not None
        content = self._read()
        self.gone = content is None or (dead and not content)
        return list(self._reader.feed(content or b""))

    def exit_reason(self) -> str:
        """Return why there will be no more frames."""
        try:
            code = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "the process closed its channel and went on"
        if code < 0:
            return f"the process was ended by signal {-code} ({signal.Signals(-code).name})"
        return f"the process ended by itself with exit code {code}"

    def resident_mib(self) -> float:
        """Return the resident memory of the process and of all that it has started, in MiB."""
        import psutil

        used = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._process.pid)
            for one in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    used += one.memory_info().rss
        return used / 2**20

    def close(self, *, kill: bool = False) -> None:
        """End the process: it leaves when its channel closes; by force if it does not, or if `kill` is set."""
        self.gone = True
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            if not kill:
                self._process.wait(GRACE_SECONDS)
        # The whole session: what the process has started goes with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.output.close()

    def _read(self) -> bytes | None:
        """Return the bytes that are there; None when the other end has gone."""
        try:
            return self._channel.recv(1 << 20, socket.MSG_DONTWAIT) or None
        except BlockingIOError:
            return b""
        except ConnectionResetError:
            return None


class _LastOutput:
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
        self._thread.join(0.5)  # after the process has ended, read what is still in the pipe
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
    """Return the variables that the process starts with: prepared for the framework, finding what this one finds."""
    variables = dict(os.environ) | frameworks.environment(framework, threads=threads, gpu=gpu)
    # The child must find the same `benchmark` as this process, wherever it was started from.
    home = str(Path(__file__).parents[2])
    paths = [home, *filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))]
    return variables | {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        # What is printed before a crash is not lost in a buffer; a segmentation fault prints its stack.
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
    }
