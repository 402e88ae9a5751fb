"""The peak of this process's resident memory."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path


def reset_peak_memory() -> None:
    """Reset the peak where the system can (Linux, unless a sandbox forbids it)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mib() -> float:
    """Return the highest resident memory since the reset, in MiB; since the start of the process without a reset."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    # In bytes on macOS, in KiB elsewhere.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
