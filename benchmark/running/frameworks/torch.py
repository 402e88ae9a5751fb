"""PyTorch."""

from __future__ import annotations

import importlib

from benchmark.running.frameworks.contract import Framework


def _load(threads: int) -> None:
    torch = importlib.import_module("torch")
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.use_deterministic_algorithms(True)
    # Filling memory that no operation reads costs a tenth of a small network's training time.
    torch.utils.deterministic.fill_uninitialized_memory = False


def _seed(seed: int) -> None:
    importlib.import_module("torch").manual_seed(seed)


def _device_name() -> str:
    return str(importlib.import_module("torch").cuda.get_device_name())


FRAMEWORK = Framework(
    name="torch",
    environment={"CUBLAS_WORKSPACE_CONFIG": ":4096:8"},
    load=_load,
    seed=_seed,
    packages={"torch": ("torch",)},
    device_name=_device_name,
    extra="torch",
    seeders=("torch.manual_seed",),
)
