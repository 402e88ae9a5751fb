"""The provenance of an outcome: versions, machine, revision, command."""

from __future__ import annotations

import functools
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmark.running import frameworks


@functools.cache
def of_coordinator() -> dict[str, Any]:
    """Return the provenance from the process that plans a run: its command and the revision of the checkout."""
    command = [Path(sys.argv[0]).name, *sys.argv[1:]]
    return {"command": shlex.join(command), **_revision(Path(__file__).parent)}


@functools.cache
def of_worker(framework: str) -> dict[str, Any]:
    """Return the provenance from the process that runs a trial: versions and machine."""
    return {**_machine(), "versions": {"python": platform.python_version(), **frameworks.versions(framework)}}


@functools.cache
def _machine() -> dict[str, Any]:
    return {"host": platform.node(), "platform": platform.platform(), "cpu": _cpu_model(), "cores": os.cpu_count() or 0}


def _cpu_model() -> str:
    """Return the processor's name as the system reports it."""
    if sys.platform == "darwin":
        return _output_of("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _revision(folder: Path) -> dict[str, Any]:
    """Return the git revision of the code and whether the checkout has no changes; empty without a checkout."""
    revision = _output_of("git", "-C", str(folder), "rev-parse", "HEAD")
    # An installed copy may be inside another project's checkout, for example in a virtual environment.
    if not revision or not _output_of("git", "-C", str(folder), "ls-files", "__init__.py"):
        return {}
    changes = _output_of("git", "-C", str(folder.parent), "status", "--porcelain")
    return {"revision": revision, "clean": changes == ""}


def _output_of(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
