"""The data of trials on the engine's side: datasets, and what is computed once for all tasks of a part."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from benchmark.interfaces.dataset import Dataset, LabelledImages
from benchmark.interfaces.errors import BadData
from benchmark.interfaces.trial import canonical_json
from benchmark.registry import Registry, parameters
from benchmark.running.baselines import Baselines, mean_pixels
from benchmark.running.images_file import ImagesFile
from benchmark.running.job import Job

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray, IntArray

MOST_KEPT = 4
"""How many datasets, and how many parts, are kept: jobs of several datasets may alternate."""

Value = TypeVar("Value")


class PartStatistics:
    """What is computed once from the images of a part.

    Attributes
    ----------
    test : Baselines
        Of the test images.
    test_order : ndarray of int64, shape (m,)
        The order of the content of the test images.
    train_means : ndarray of float64, shape (n,)
        The mean pixel of each training image, not scaled.
    """

    def __init__(self, part: LabelledImages) -> None:
        self._raw = part.test
        self.test = Baselines(part.test)
        self.test_order: IntArray = np.argsort(self.test.hash_ranks, kind="stable")
        self.train_means: FloatArray = mean_pixels(part.train)

    @functools.cached_property
    def test_file(self) -> ImagesFile:
        """The test images in this order."""
        return ImagesFile(self._raw, [self.test_order])


class TaskData:
    """Loads the datasets of jobs and keeps those last used; safe for several threads."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._lock = threading.Lock()
        self._datasets: OrderedDict[str, Dataset] = OrderedDict()
        self._statistics: OrderedDict[str, PartStatistics] = OrderedDict()

    def part(self, job: Job) -> LabelledImages:
        """Return the images of the part of the dataset that a job's task belongs to.

        Raises
        ------
        BadData
            If the images differ from those that the trial was planned with.
        """
        name, required = job.trial.dataset, job.trial.fingerprint
        key = f"{name} {canonical_json(job.task.options)}"
        dataset = self._kept(self._datasets, key, lambda: self._load(job))
        if dataset.fingerprint != required:
            raise BadData(
                f"this copy of {name!r} has the fingerprint {dataset.fingerprint[:16]}, but the trial requires"
                f" {required[:16]}"
            )
        return dataset.part(job.task.part)

    def statistics(self, job: Job, part: LabelledImages) -> PartStatistics:
        """Return the statistics of a job's part."""
        key = f"{job.trial.fingerprint} {job.task.part}"
        return self._kept(self._statistics, key, lambda: PartStatistics(part))

    def _load(self, job: Job) -> Dataset:
        spec = self.registry.datasets[job.trial.dataset]
        options: Any = parameters.resolve(spec.config, job.task.options, owner=f"dataset {spec.name!r}")
        return spec.load(options)

    def _kept(self, values: OrderedDict[str, Value], key: str, make: Callable[[], Value]) -> Value:
        """Return a value, made if it is not kept; the value that was not used for longest is dropped."""
        with self._lock:
            if key not in values:
                values[key] = make()
            values.move_to_end(key)
            if len(values) > MOST_KEPT:
                values.popitem(last=False)
            return values[key]
