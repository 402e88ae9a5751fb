"""The worker process: sends its protocol and provenance, then runs the jobs it receives until the channel closes."""

from __future__ import annotations

import argparse
import contextlib
import socket
import sys
import threading
from typing import Any

from benchmark.interfaces.detector import EpochReport
from benchmark.registry import registry
from benchmark.results.codec import from_plain, outcome_to_plain, pack_arrays, to_plain
from benchmark.running import frameworks, provenance, wire
from benchmark.running.job import Job
from benchmark.running.parent_watch import inherited_channel
from benchmark.running.worker.trial_run import Executor


def main() -> int:
    """Serve one engine over an inherited descriptor; only detectors write to stdout and stderr."""
    parser = argparse.ArgumentParser(prog="python -m benchmark.running.worker", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="descriptor of a connected socket")
    parser.add_argument("--framework", required=True, help="the framework that this process serves")
    arguments = parser.parse_args()
    channel = inherited_channel(arguments.fd)
    executor = Executor(registry())
    origin = provenance.of_worker(arguments.framework)
    wire.send(channel, {"type": "hello", "protocol": wire.PROTOCOL, "origin": origin})
    try:
        while (frame := wire.receive(channel)) is not None:
            serve(channel, executor, from_plain(frame[0]["job"], Job))
    except BrokenPipeError:
        return 1  # the engine has ended
    return 0


def serve(channel: socket.socket, executor: Executor, job: Job) -> None:
    """Run a job and send its events."""
    one_at_a_time = threading.Lock()

    def send(frame_type: str, payload: bytes = b"", **values: Any) -> None:
        with one_at_a_time:
            wire.send(channel, {"type": frame_type, "id": job.trial.id, **values}, payload)

    def report_epoch(report: EpochReport) -> None:
        send("epoch", report=to_plain(report))

    # Before the time of the trial starts. If it fails, the executor gets the same error and reports it.
    with contextlib.suppress(Exception):
        # The source is computed now, so that an outcome has the hash of the code that this process loads.
        _ = executor.registry.resolve(job.trial.detector, job.trial.params).source
        frameworks.load(job.trial.framework, threads=job.trial.threads)
    send("started")
    plain, arrays = outcome_to_plain(executor.run(job, report_epoch))
    send("outcome", pack_arrays(arrays, compressed=False), outcome=plain)


if __name__ == "__main__":
    sys.exit(main())
