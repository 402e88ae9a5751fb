"""A round of measurement, and the process that is started once and measures one whenever it is told to."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of what a training does once, of an epoch of the autoencoder, and of an epoch of Deep SVDD."""

    once: float
    autoencoder: float
    deep_svdd: float


class Child:
    """A script of this folder in a process of its own, for images of one digit. Ready when it has been built."""

    def __init__(self, script: str, digit: int, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name(script)), str(digit)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._told()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.communicate()  # at the end of its input it leaves

    def go(self) -> None:
        """Start a round."""
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def round(self) -> Round:
        """Wait for the round to end."""
        return Round(**json.loads(self._told()))

    def _told(self) -> str:
        line = self._process.stdout.readline()
        if not line:
            raise ChildProcessError(f"{self._process.args[1]} ended with exit code {self._process.wait()}")
        return line


def serve(measure: Callable[[], Round]) -> None:
    """Measure a round for each line of the input: what the script of a `Child` does once it is ready."""
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(asdict(measure())), flush=True)
