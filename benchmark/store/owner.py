"""Who works on a store: a process, told apart from another that is later given the same number."""

from __future__ import annotations

import os
import platform
import time
import uuid
from dataclasses import dataclass

__all__ = ["SILENCE_SECONDS", "Owner"]

SILENCE_SECONDS = 120.0
"""A run on another machine that has given no sign of life for so long is taken for dead."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A run of this process or another."""

    name: str
    host: str
    pid: int
    born: float

    @classmethod
    def here(cls) -> Owner:
        """Return a new owner: this process."""
        import psutil

        return cls(uuid.uuid4().hex, platform.node(), os.getpid(), psutil.Process().create_time())

    def is_alive(self, *, seen: float) -> bool:
        """Return whether the process lives; of another machine's, whether it was seen (seconds since 1970) lately."""
        if self.host != platform.node():
            return time.time() - seen < SILENCE_SECONDS
        import psutil

        try:
            born = float(psutil.Process(self.pid).create_time())
        except psutil.NoSuchProcess:
            return False
        # A second of slack: the system's clock ticks coarsely.
        return abs(born - self.born) < 1
