"""The provenance of an outcome: versions, machine, revision, command."""

from __future__ import annotations

import functools
import os
import platform
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmark.running import arithmetic, frameworks
from benchmark.running.command_output import output_of


@functools.cache
def of_coordinator() -> dict[str, Any]:
    """Return the provenance from the process that plans a run: its command and the revision of the checkout."""
    command = [Path(sys.argv[0]).name, *sys.argv[1:]]
    return {"command": shlex.join(command), **_revision(Path(__file__).parent)}


def of_worker(framework: str, *, requires: Sequence[str] = (), device: str = "cpu") -> dict[str, Any]:
    """Return the provenance from the process that runs a trial: versions, machine, and what its arithmetic depends on.

    Call it after the framework is loaded: BLAS libraries that are not loaded yet are not listed.

    Parameters
    ----------
    framework : str
        The framework of the process.
    requires : sequence of str
        Import names of the packages that the detector requires; their versions are listed too.
    device : str
        With `cuda` the name of the GPU is added.
    """
    provenance = {
        **_machine(),
        "variables": arithmetic.variables(framework),
        "blas": arithmetic.blas(),
        "versions": _versions(framework, tuple(requires)),
    }
    if device != "cpu":
        provenance["device_name"] = frameworks.framework(framework).device_name()
    return provenance


@functools.cache
def _versions(framework: str, requires: tuple[str, ...]) -> dict[str, str]:
    return {"python": platform.python_version(), **frameworks.versions(framework, requires)}


@functools.cache
def _machine() -> dict[str, Any]:
    return {
        "host": platform.node(),
        "platform": platform.platform(),
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 0,
        "instruction_sets": arithmetic.instruction_sets(),
    }


def _cpu_model() -> str:
    """Return the processor's name as the system reports it."""
    if sys.platform == "darwin":
        return output_of("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _revision(folder: Path) -> dict[str, Any]:
    """Return the git revision of the code and whether the checkout has no changes; empty without a checkout."""
    revision = output_of("git", "-C", str(folder), "rev-parse", "HEAD")
    # An installed copy may be inside another project's checkout, for example in a virtual environment.
    if not revision or not output_of("git", "-C", str(folder), "ls-files", "__init__.py"):
        return {}
    changes = output_of("git", "-C", str(folder.parent), "status", "--porcelain")
    return {"revision": revision, "clean": changes == ""}
