"""Asks the system: the output of a short command."""

from __future__ import annotations

import subprocess

SECONDS = 10


def output_of(*command: str) -> str | None:
    """Return what a command prints; None if it cannot be run, fails, or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
