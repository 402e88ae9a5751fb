"""The worker process: says hello, then runs the jobs it is sent until the channel closes."""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import sys
import threading
from typing import Any

from benchmark import frameworks, provenance
from benchmark.interfaces.detector import EpochReport
from benchmark.registry import registry
from benchmark.trial import Job, pack_arrays
from benchmark.worker import frames
from benchmark.worker.execute import Executor
from benchmark.worker.lifeline import leave_with_the_engine


def main() -> int:
    """Serve one engine over an inherited descriptor; stdout and stderr are the detectors' own."""
    parser = argparse.ArgumentParser(prog="python -m benchmark.worker", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="descriptor of a connected socket")
    parser.add_argument("--framework", required=True, help="the framework that this process serves")
    arguments = parser.parse_args()
    channel = socket.socket(fileno=arguments.fd)
    # What a detector starts or forks must not hold the channel open after this process is gone, nor speak on it.
    channel.set_inheritable(False)
    os.register_at_fork(after_in_child=channel.close)
    threading.Thread(target=leave_with_the_engine, args=(channel,), daemon=True).start()
    executor = Executor(registry())
    origin = provenance.of_worker(arguments.framework)
    frames.send(channel, {"kind": "hello", "protocol": frames.PROTOCOL, "origin": origin})
    try:
        while (frame := frames.receive(channel)) is not None:
            serve(channel, executor, Job.from_plain(frame[0]["job"]))
    except BrokenPipeError:
        return 1  # the engine has gone; nobody is left to tell
    return 0


def serve(channel: socket.socket, executor: Executor, job: Job) -> None:
    """Run a job and send what happens."""
    one_at_a_time = threading.Lock()

    def say(kind: str, payload: bytes = b"", **values: Any) -> None:
        with one_at_a_time:
            frames.send(channel, {"kind": kind, "id": job.trial.id, **values}, payload)

    def tell(report: EpochReport) -> None:
        say("epoch", report=report.to_plain())

    # Before the clock of the trial starts; where it fails, the executor meets the same error and tells it.
    with contextlib.suppress(Exception):
        frameworks.load(job.trial.framework, threads=job.trial.threads)
    say("started")
    plain, arrays = executor.run(job, tell).to_plain()
    say("outcome", pack_arrays(arrays, compressed=False), outcome=plain)


if __name__ == "__main__":
    sys.exit(main())
