"""Who works on a store: a process, told apart from another that is later given the same number."""

from __future__ import annotations

import os
import platform
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SILENCE_SECONDS", "Owner"]

SILENCE_SECONDS = 120.0
"""A run on another machine that has given no sign of life for so long is taken for dead."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A run of this process or another."""

    name: str
    host: str
    pid: int
    born: str

    @classmethod
    def here(cls) -> Owner:
        """Return a new owner: this process."""
        return cls(uuid.uuid4().hex, platform.node(), os.getpid(), _birth(os.getpid()))

    def is_alive(self, *, seen: float) -> bool:
        """Return whether the process lives; of another machine's, whether it was seen (seconds since 1970) lately."""
        if self.host != platform.node():
            return time.time() - seen < SILENCE_SECONDS
        return self.born != "" and _birth(self.pid) == self.born


def _birth(pid: int) -> str:
    """Return when a process began, in a form that no step of the clock changes; empty if it lives no more."""
    import psutil

    try:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return ""
        stat = Path(f"/proc/{pid}/stat")
        if stat.is_file():
            # Field 22, counted behind the name, which may hold spaces: ticks since the boot that the other file names.
            ticks = stat.read_text().rpartition(")")[2].split()[19]
            return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {ticks}"
        return f"{psutil.Process(pid).create_time():.0f}"
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return ""
