"""The worker process: sends its protocol, then runs the trials it receives until the channel closes."""

from __future__ import annotations

import argparse
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.detector import EpochReport
from benchmark.registry import registry
from benchmark.results.codec import from_plain, pack_arrays, to_plain
from benchmark.running import wire
from benchmark.running.messages import Failure, FitRequest, Fitted, LoadRequest, Scored, ScoreRequest, Started
from benchmark.running.parent_watch import inherited_channel
from benchmark.running.worker.trial_run import EngineGone, run_trial, score_saved

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray


def main() -> int:
    """Serve one engine over an inherited descriptor; only detectors write to stdout and stderr."""
    parser = argparse.ArgumentParser(prog="python -m benchmark.running.worker", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="descriptor of a connected socket")
    socket_ = inherited_channel(parser.parse_args().fd)
    plugins = registry()
    wire.send(socket_, {"type": "hello", "protocol": wire.PROTOCOL})
    try:
        while True:
            frame, descriptor = wire.receive_with_file(socket_)
            if frame is None:
                return 0
            if descriptor is None:
                sys.exit("the images did not arrive: no file could be opened for them")
            header, line = frame[0], Line(socket_, frame[0]["id"])
            if header["type"] == "load":
                score_saved(plugins, from_plain(header["request"], LoadRequest), descriptor, line)
            else:
                run_trial(plugins, from_plain(header["request"], FitRequest), descriptor, line)
    except (BrokenPipeError, EngineGone):
        return 1  # the engine has ended


class Line:
    """The channel of one trial: frames with the number that the engine gave it."""

    def __init__(self, channel: socket.socket, number: int) -> None:
        self._channel, self._number = channel, number
        self._one_at_a_time = threading.Lock()

    def started(self, message: Started) -> None:
        """Report that the framework is loaded."""
        self._send("started", message=to_plain(message))

    def epoch(self, report: EpochReport, arrays: dict[str, FloatArray]) -> None:
        """Send a report of an epoch."""
        self._send("epoch", pack_arrays(arrays, compressed=False), report=to_plain(report))

    def fit_ended(self) -> None:
        """Report that `fit` has returned."""
        self._send("fit_ended")

    def fitted(self, message: Fitted, arrays: dict[str, FloatArray]) -> tuple[ScoreRequest, int]:
        """Send the first scores, and wait for the images to score."""
        self._send("fitted", pack_arrays(arrays, compressed=False), message=to_plain(message))
        frame, descriptor = wire.receive_with_file(self._channel)
        if frame is None:
            raise EngineGone
        if descriptor is None:
            raise OSError("the images did not arrive: no file could be opened for them")
        return from_plain(frame[0]["request"], ScoreRequest), descriptor

    def scored(self, message: Scored, arrays: dict[str, FloatArray]) -> None:
        """Send the scores."""
        self._send("scored", pack_arrays(arrays, compressed=False), message=to_plain(message))

    def failed(self, message: Failure) -> None:
        """Send the error."""
        self._send("failed", message=to_plain(message))

    def _send(self, frame_type: str, payload: bytes = b"", **values: Any) -> None:
        with self._one_at_a_time:
            wire.send(self._channel, {"type": frame_type, "id": self._number, **values}, payload)


if __name__ == "__main__":
    sys.exit(main())
