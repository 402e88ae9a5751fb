"""Frameworks: the environment before they load, threads, seeds, determinism, versions. A new one is a file here.

Each module defines one `FRAMEWORK`, and is named as detectors name it. It imports the framework inside its functions,
so that the core depends on none.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import os
import pkgutil
import random

from benchmark.running.device import visible_gpus
from benchmark.running.frameworks.contract import Framework

_ALWAYS = ("oneclass-bench", "numpy", "scipy", "scikit-learn")
"""What any trial computes with, whatever its framework: a decision rule, the area under a curve."""

# Where glibc is the C library: a training frees and takes the same megabytes thousands of times. Given back to the
# system in between, each page would be asked for and zeroed anew, a fifth of a small network's time. Large pages
# spare the processor looking them up.
_MALLOC = (
    f"glibc.malloc.mmap_threshold={32 << 20}",
    f"glibc.malloc.trim_threshold={256 << 20}",
    "glibc.malloc.hugetlb=1",
)


@functools.cache
def framework(name: str) -> Framework:
    """Return what is known of a framework; one of that name that needs nothing where it has no module here."""
    if name in known_frameworks():
        found: Framework = importlib.import_module(f"{__name__}.{name}").FRAMEWORK
        return found
    return Framework(name=name)


def known_frameworks() -> list[str]:
    """Return the names of the frameworks that have a module here."""
    return sorted({module.name for module in pkgutil.iter_modules(__path__)} - {"contract"})


def environment(name: str, *, threads: int, gpu: int | None = None) -> dict[str, str]:
    """Return the variables that a worker process must start with: they are read when a library loads.

    A worker sees the one GPU it is given, or none.
    """
    count = str(threads)
    return {
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "VECLIB_MAXIMUM_THREADS": count,
        "NUMEXPR_NUM_THREADS": count,
        "PYTHONHASHSEED": "0",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": "-1" if gpu is None else visible_gpus(gpu + 1)[gpu],
        "GLIBC_TUNABLES": ":".join(filter(None, [*_MALLOC, os.environ.get("GLIBC_TUNABLES")])),
        **framework(name).environment,
    }


@functools.cache
def load(name: str, *, threads: int) -> None:
    """Import the framework, give it its threads and make its operations deterministic.

    A process does this once: neither framework lets its threads be set again.
    """
    framework(name).load(threads)


def seed_everything(name: str, seed: int) -> None:
    """Seed every global generator, and forget what an earlier trial left in the framework's state."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)
    framework(name).seed(seed)


def versions(name: str) -> dict[str, str]:
    """Return distribution -> version: the project, what it always computes with, what the framework consists of."""
    found = {}
    of_framework = (each for distributions in framework(name).packages.values() for each in distributions)
    for package in (*_ALWAYS, *of_framework):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
