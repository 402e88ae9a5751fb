"""Alone knows Keras and PyTorch: environment before they load, threads, seeds, determinism, device.

Through importlib, so that the core depends on neither. Every function takes the framework's name;
one that is not listed here (`numpy`, `sklearn`, a stranger's) needs nothing beyond the common part.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import os
import random
import re
import subprocess
from typing import Any

from benchmark.interfaces.errors import InvalidRequest

__all__ = ["environment", "load", "resolve_device", "seed_everything", "versions"]

_PACKAGES = {
    "keras": ("keras", "tensorflow", "tensorflow-cpu"),
    "torch": ("torch",),
}
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


def environment(framework: str, *, threads: int, gpu: int | None = None) -> dict[str, str]:
    """Return the variables that a worker process must start with: they are read when a library loads.

    A worker sees the one GPU it is given, or none.
    """
    count = str(threads)
    variables = {
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "VECLIB_MAXIMUM_THREADS": count,
        "NUMEXPR_NUM_THREADS": count,
        "PYTHONHASHSEED": "0",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": "-1" if gpu is None else _visible_gpus(gpu + 1)[gpu],
        "GLIBC_TUNABLES": ":".join(filter(None, [*_MALLOC, os.environ.get("GLIBC_TUNABLES")])),
    }
    if framework == "keras":
        variables |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2", "TF_DETERMINISTIC_OPS": "1"}
    if framework == "torch":
        variables["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    return variables


def resolve_device(text: str) -> int | None:
    """Return the number of the GPU that `cuda`, `cuda:K` or `auto` means here; None for the CPU.

    Raises
    ------
    InvalidRequest
        If the text means nothing, or a GPU that is not there.
    """
    if text == "cpu":
        return None
    named = re.fullmatch(r"cuda(?::(\d+))?", text)
    if text != "auto" and named is None:
        raise InvalidRequest(f"a device is cpu, cuda, cuda:K or auto; not {text!r}")
    gpus = len(_visible_gpus(_gpus()))
    if named is None:
        return 0 if gpus else None
    wanted = int(named[1] or 0)
    if wanted >= gpus:
        raise InvalidRequest(f"{text} is not here: {gpus} GPUs can be used; use --device cpu or auto")
    return wanted


def _visible_gpus(count: int) -> list[str]:
    """Return the names of the GPUs that this process may use: those its own environment leaves of `count`."""
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is None:
        return [str(number) for number in range(count)]
    return [name.strip() for name in told.split(",") if name.strip() not in ("", "-1")] if count else []


def _gpus() -> int:
    """Return how many GPUs the driver's own tool lists; asking a framework would load it."""
    try:
        done = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in done.stdout.splitlines()) if done.returncode == 0 else 0


@functools.cache
def load(framework: str, *, threads: int) -> None:
    """Import the framework, give it its threads and make its operations deterministic.

    A process does this once: neither framework lets its threads be set again.
    """
    if framework == "keras":
        tensorflow = _module("tensorflow")
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        tensorflow.config.experimental.enable_op_determinism()
        _module("keras")
    elif framework == "torch":
        torch = _module("torch")
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        torch.use_deterministic_algorithms(True)
        # Filling what no operation reads costs a tenth of a small network's training.
        torch.utils.deterministic.fill_uninitialized_memory = False
    elif framework == "sklearn":
        _module("sklearn")


def seed_everything(framework: str, seed: int) -> None:
    """Seed every global generator, and forget what an earlier trial left in the framework's state."""
    numpy = _module("numpy")
    random.seed(seed)
    numpy.random.seed(seed)
    if framework == "keras":
        keras = _module("keras")
        # Names, counters and generators of earlier models would otherwise reach the next one's seeds.
        keras.utils.clear_session(free_memory=True)
        keras.utils.set_random_seed(seed)
    elif framework == "torch":
        _module("torch").manual_seed(seed)


def versions(framework: str) -> dict[str, str]:
    """Return distribution -> version: the project, what it always computes with, what the framework consists of."""
    found = {}
    for package in (*_ALWAYS, *_PACKAGES.get(framework, ())):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _module(name: str) -> Any:
    return importlib.import_module(name)
