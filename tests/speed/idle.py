"""Whether anything else computes on this machine, asked while nothing of ours does.

`python tests/speed/idle.py` exits with 1 if something does.
"""

import sys

import psutil

SECONDS = 2.0
SHARE = 0.1
"""Of one core: below it lies what any system does for itself."""


def busy_cores() -> tuple[float, int]:
    """Return how many cores other processes keep busy, 0.0 if no more than in any idle system, and of how many."""
    cores = psutil.cpu_count() or 1
    busy = psutil.cpu_percent(SECONDS) / 100 * cores
    return (busy if busy > SHARE * cores or busy > 1 else 0.0), cores


def warn(when: str) -> None:
    """Print a line if other processes keep the machine busy."""
    busy, cores = busy_cores()
    if busy:
        print(
            f"warning: the machine is not idle {when}: other processes keep {busy:.1f} of {cores} cores busy;"
            " do not believe the figures",
            flush=True,
        )


if __name__ == "__main__":
    busy, cores = busy_cores()
    if busy:
        sys.exit(f"the machine is not idle: other processes keep {busy:.1f} of {cores} cores busy; try again later")
