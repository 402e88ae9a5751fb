"""scikit-learn. It uses the generators of NumPy, so it needs no separate seeding."""

from __future__ import annotations

import importlib

from benchmark.running.frameworks.contract import Framework


def _load(threads: int) -> None:  # noqa: ARG001 - its threads follow the environment
    importlib.import_module("sklearn")


FRAMEWORK = Framework(name="sklearn", load=_load, packages={"sklearn": ("scikit-learn",)})
