"""Which runs are alive: each run locks a file next to the store; the lock ends with its process."""

from __future__ import annotations

import fcntl
import os
import uuid
from pathlib import Path


class Run:
    """A run that uses a store; alive until it is closed or its process ends.

    A lock of the system rather than a process number: another process may be given the same number later, and a
    process in another container cannot be seen by its number at all.

    Parameters
    ----------
    store : Path
        The file of the store; the lock file is next to it.
    """

    def __init__(self, store: Path) -> None:
        self.name = uuid.uuid4().hex[:12]
        self._file = _lock_file(store, self.name)
        self._descriptor = os.open(self._file, os.O_CREAT | os.O_RDWR, 0o666)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def close(self) -> None:
        """End the run."""
        self._file.unlink(missing_ok=True)
        os.close(self._descriptor)


def is_alive(store: Path, name: str) -> bool:
    """Return whether the run of a name holds its lock; the lock file of a dead run is removed."""
    file = _lock_file(store, name)
    try:
        descriptor = os.open(file, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        file.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)


def _lock_file(store: Path, name: str) -> Path:
    return store.with_name(f"{store.name}.run-{name}")
