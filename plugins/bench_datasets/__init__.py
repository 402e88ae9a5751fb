"""Public datasets: digits, MNIST, Fashion-MNIST and CIFAR-10."""

from __future__ import annotations

from benchmark import DatasetSpec, hookimpl


@hookimpl
def bench_datasets() -> list[DatasetSpec]:
    """Offer the datasets."""
    from bench_datasets.specs import SPECS

    return list(SPECS)
