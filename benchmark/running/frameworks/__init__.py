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
from collections.abc import Iterable, Mapping

from benchmark.running.device import visible_gpus
from benchmark.running.frameworks.contract import Framework

_ALWAYS = ("oneclass-bench", "numpy", "scipy", "scikit-learn")
"""Packages that every trial uses, whatever its framework."""

_NAMES_OF_ALWAYS = ("benchmark", "numpy", "scipy", "sklearn")
"""Their import names."""

# For glibc. A training frees and allocates the same megabytes thousands of times. If they went back to the system in
# between, it would map and zero each page again, which takes a fifth of a small network's time. Large pages save
# address translations.
_MALLOC = (
    f"glibc.malloc.mmap_threshold={32 << 20}",
    f"glibc.malloc.trim_threshold={256 << 20}",
    "glibc.malloc.hugetlb=1",
)


@functools.cache
def framework(name: str) -> Framework:
    """Return a framework; one without a module here needs no preparation."""
    if name in known_frameworks():
        defined: Framework = importlib.import_module(f"{__name__}.{name}").FRAMEWORK
        return defined
    return Framework(name=name)


def known_frameworks() -> list[str]:
    """Return the names of the frameworks that have a module here."""
    return sorted({module.name for module in pkgutil.iter_modules(__path__)} - {"contract"})


def environment(name: str, *, threads: int, gpu: int | None = None) -> dict[str, str]:
    """Return the environment variables of a worker process; libraries read them when they load.

    Only the given GPU is visible to the worker, or none.
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
    """Import the framework, set its number of threads and make its operations deterministic.

    Once in a process: the frameworks do not allow the number of threads to change.
    """
    framework(name).load(threads)


def seed_everything(name: str, seed: int) -> None:
    """Seed every global generator, and clear the state that an earlier trial left in the framework."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)
    framework(name).seed(seed)


def versions(name: str, requires: Iterable[str] = ()) -> dict[str, str]:
    """Return distribution -> version: the project, the packages of every trial, those of the framework and others.

    Parameters
    ----------
    requires : iterable of str
        Import names of further packages, as a detector requires them.
    """
    packages = framework(name).packages
    of_framework = (each for distributions in packages.values() for each in distributions)
    others = (each for package in requires if package not in packages for each in _distributions(package))
    installed = {}
    for package in (*_ALWAYS, *of_framework, *others):
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed


def _distributions(package: str) -> Iterable[str]:
    """Return the distributions of a package, for example `xgboost-cpu` of `xgboost`."""
    if package in _NAMES_OF_ALWAYS:
        return ()
    return _all_distributions().get(package.partition(".")[0], ())


@functools.cache
def _all_distributions() -> Mapping[str, Iterable[str]]:
    return importlib.metadata.packages_distributions()  # reads every installed distribution: half a second
