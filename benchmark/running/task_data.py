"""The data of trials on the engine's side: datasets, each loaded once, and the baselines of their test images."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from benchmark.interfaces.dataset import Dataset, LabelledImages
from benchmark.interfaces.errors import BadData
from benchmark.interfaces.trial import canonical_json
from benchmark.registry import Registry, parameters
from benchmark.running.baselines import Baselines, mean_pixels
from benchmark.running.job import Job

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray


class TaskData:
    """Loads the datasets of jobs and keeps the one last used; safe for several threads."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._lock = threading.Lock()
        self._dataset: tuple[str, Dataset] | None = None
        self._baselines: tuple[tuple[str, str], Baselines] | None = None
        self._train_means: tuple[tuple[str, str], FloatArray] | None = None

    def part(self, job: Job) -> LabelledImages:
        """Return the images of the part of the dataset that a job's task belongs to.

        Raises
        ------
        BadData
            If the images differ from those that the trial was planned with.
        """
        name, required = job.trial.dataset, job.trial.fingerprint
        key = f"{name} {canonical_json(job.task.options)}"
        with self._lock:
            if self._dataset is None or self._dataset[0] != key:
                spec = self.registry.datasets[name]
                options = parameters.resolve(spec.config, job.task.options, owner=f"dataset {name!r}")
                self._dataset = (key, spec.load(options))
            dataset = self._dataset[1]
        if dataset.fingerprint != required:
            raise BadData(
                f"this copy of {name!r} has the fingerprint {dataset.fingerprint[:16]}, but the trial requires"
                f" {required[:16]}"
            )
        return dataset.part(job.task.part)

    def baselines(self, job: Job, part: LabelledImages) -> Baselines:
        """Return the baselines of a part's test images: the same for every task of the part."""
        key = (job.trial.fingerprint, job.task.part)
        with self._lock:
            if self._baselines is None or self._baselines[0] != key:
                self._baselines = (key, Baselines(part.test))
            return self._baselines[1]

    def train_means(self, job: Job, part: LabelledImages) -> FloatArray:
        """Return the mean pixel of each training image of a part, not scaled, shape (n,)."""
        key = (job.trial.fingerprint, job.task.part)
        with self._lock:
            if self._train_means is None or self._train_means[0] != key:
                self._train_means = (key, mean_pixels(part.train))
            return self._train_means[1]
