"""Measures processor time, which other programs of the machine hardly change, and the load that they cause."""

from __future__ import annotations

import os
import resource
import time


def cpu_seconds() -> float:
    """Return the processor time so far of all threads of this process and of its child processes that have finished.

    The difference of two values is the cost of what ran between them. A thread that waits in a loop (OpenMP does for a
    moment after each parallel loop) counts as working.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def load_average() -> float | None:
    """Return how many threads of the whole machine were running or waiting for a core, as a mean over the last minute.

    Returns
    -------
    float or None
        None on a system without this number.
    """
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None
