"""The process that checks one detector, dataset or metric. It sends a frame at the start and the end of each check."""

from __future__ import annotations

import argparse
import sys

from benchmark.conformance.examine import checks_of, subject_of
from benchmark.conformance.questions import Question
from benchmark.interfaces.errors import BenchError
from benchmark.results.codec import from_plain, to_plain
from benchmark.running import wire
from benchmark.running.parent_watch import inherited_channel


def main() -> int:
    """Receive one question over an inherited descriptor and send the verdicts; only the plugin writes to stdout."""
    parser = argparse.ArgumentParser(prog="python -m benchmark.conformance", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="descriptor of a connected socket")
    channel = inherited_channel(parser.parse_args().fd)
    frame = wire.receive(channel)
    if frame is None:
        return 1
    header, _ = frame
    question = from_plain(header["question"], Question)
    try:
        subject = subject_of(question.name, kind=question.kind, values=question.values, preset=question.preset)
        for check in checks_of(subject.kind):
            if check.name not in header["skip"]:
                wire.send(channel, {"type": "began", "check": check.name})
                wire.send(channel, {"type": "verdict", "verdict": to_plain(check.verdict(subject))})
    except BenchError as error:
        wire.send(channel, {"type": "refused", "message": str(error)})
    except BrokenPipeError:
        return 1  # the other process has ended
    return 0


if __name__ == "__main__":
    sys.exit(main())
