"""Whether anything else computes on this machine, asked while nothing of ours does."""

import psutil

SECONDS = 2.0
SHARE = 0.1
"""Of one core: below it lies what any system does for itself."""


def warn(when: str) -> None:
    """Print a line if other processes keep the machine busy."""
    cores = psutil.cpu_count() or 1
    busy = psutil.cpu_percent(SECONDS) / 100 * cores
    if busy > SHARE * cores or busy > 1:
        print(
            f"warning: the machine is not idle {when}: other processes keep {busy:.1f} of {cores} cores busy;"
            " do not believe the figures",
            flush=True,
        )
