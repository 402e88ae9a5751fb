"""The worker process: says hello, then runs the jobs it is sent until the channel closes."""

from __future__ import annotations

import argparse
import os
import select
import socket
import sys
import threading
from typing import Any

from benchmark.interfaces.detector import EpochReport
from benchmark.registry import registry
from benchmark.trial import Job, pack_arrays
from benchmark.worker import frames
from benchmark.worker.execute import Executor


def main() -> int:
    """Serve one engine over an inherited descriptor; stdout and stderr are the detectors' own."""
    parser = argparse.ArgumentParser(prog="python -m benchmark.worker", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="descriptor of a connected socket")
    channel = socket.socket(fileno=parser.parse_args().fd)
    # What a detector starts must not hold the channel open after this process is gone.
    channel.set_inheritable(False)
    threading.Thread(target=_leave_with_the_engine, args=(channel,), daemon=True).start()
    executor = Executor(registry())
    frames.send(channel, {"kind": "hello", "protocol": frames.PROTOCOL})
    try:
        while (frame := frames.receive(channel)) is not None:
            serve(channel, executor, frame[0])
    except BrokenPipeError:
        return 1  # the engine has gone; nobody is left to tell
    return 0


def serve(channel: socket.socket, executor: Executor, header: dict[str, Any]) -> None:
    """Run the job of one frame and send what happens."""
    job = Job.from_plain(header["job"])

    def tell(report: EpochReport) -> None:
        frames.send(channel, {"kind": "epoch", "report": report.to_plain()})

    frames.send(channel, {"kind": "started"})
    plain, arrays = executor.run(job, tell).to_plain()
    frames.send(channel, {"kind": "outcome", "outcome": plain}, pack_arrays(arrays, compressed=False))


def _leave_with_the_engine(channel: socket.socket) -> None:
    """End the process when the other end has closed, be it in the middle of a fit: its result has no reader."""
    watch = select.poll()
    watch.register(channel, 0)  # hang-up and a closed descriptor are reported unasked, and nothing else
    while not watch.poll(1000):
        pass  # anew, since a descriptor that something here has closed shows only to a new look
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
