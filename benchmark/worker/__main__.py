"""The worker process: says hello, then runs the trials it is sent until the channel closes."""

from __future__ import annotations

import argparse
import socket
import sys
from typing import Any

from benchmark.interfaces.detector import EpochReport
from benchmark.registry import registry
from benchmark.trial import Trial, pack_arrays
from benchmark.worker import frames
from benchmark.worker.execute import Executor


def main() -> int:
    """Serve one engine over an inherited descriptor; stdout and stderr are the detectors' own."""
    parser = argparse.ArgumentParser(prog="python -m benchmark.worker", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="descriptor of a connected socket")
    channel = socket.socket(fileno=parser.parse_args().fd)
    # What a detector starts must not hold the channel open after this process is gone.
    channel.set_inheritable(False)
    known = registry()
    executor = Executor(known)
    frames.send(channel, {"kind": "hello", "protocol": frames.PROTOCOL})
    try:
        while (frame := frames.receive(channel)) is not None:
            serve(channel, executor, frame[0])
    except BrokenPipeError:
        return 1  # the engine has gone; nobody is left to tell
    return 0


def serve(channel: socket.socket, executor: Executor, header: dict[str, Any]) -> None:
    """Run the trial of one frame and send what happens."""
    trial = Trial(**header["trial"])

    def tell(report: EpochReport) -> None:
        frames.send(channel, {"kind": "epoch", "id": trial.id, "report": report.to_plain()})

    frames.send(channel, {"kind": "started", "id": trial.id})
    plain, arrays = executor.run(trial, tell).to_plain()
    frames.send(channel, {"kind": "outcome", "id": trial.id, "outcome": plain}, pack_arrays(arrays))


if __name__ == "__main__":
    sys.exit(main())
