"""The process that examines one detector, dataset or metric: tells each check when it begins and what came of it."""

from __future__ import annotations

import argparse
import socket
import sys
import threading

from benchmark.interfaces.errors import BenchError
from benchmark.registry import registry
from benchmark.testing.examine import checks_of, subject_of
from benchmark.worker import frames
from benchmark.worker.lifeline import leave_with_the_engine


def main() -> int:
    """Serve one question over an inherited descriptor; stdout and stderr are the plugin's own."""
    parser = argparse.ArgumentParser(prog="python -m benchmark.testing", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="descriptor of a connected socket")
    channel = socket.socket(fileno=parser.parse_args().fd)
    channel.set_inheritable(False)
    threading.Thread(target=leave_with_the_engine, args=(channel,), daemon=True).start()
    frame = frames.receive(channel)
    if frame is None:
        return 1
    asked = frame[0]
    try:
        subject = subject_of(
            registry(), asked["name"], kind=asked["kind"], values=asked["values"], preset=asked["preset"]
        )
        for check in checks_of(subject.kind):
            if check.name not in asked["skip"]:
                frames.send(channel, {"kind": "began", "check": check.name})
                frames.send(channel, {"kind": "verdict", "verdict": check.verdict(subject).to_plain()})
    except BenchError as error:
        frames.send(channel, {"kind": "refused", "message": str(error)})
    except BrokenPipeError:
        return 1  # whoever asked has gone
    return 0


if __name__ == "__main__":
    sys.exit(main())
