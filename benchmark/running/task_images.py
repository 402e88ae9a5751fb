"""Chooses the images of a trial, and the orders in which a worker gets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.running.baselines import hashes
from benchmark.running.job import Job
from benchmark.running.split import Split, split
from benchmark.running.streams import order_stream, split_stream
from benchmark.running.task_data import TaskData

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, IntArray, RawImages
    from benchmark.interfaces.dataset import LabelledImages

REPEATED_IMAGES = 256
"""At most this many images are scored again for the audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskImages:
    """The images of a trial.

    Attributes
    ----------
    part : LabelledImages
        The part of the dataset that the task belongs to.
    split : Split
        Of its training images.
    training : ndarray of int64
        The images of the fit in the order in which the worker gets them: first the sample, then the others, both in
        random order.
    held_out_order : ndarray of int64, shape (n,)
        The order of the held-out images: that of their content, which says nothing about labels.
    judged : ndarray of int64, shape (m,)
        The images that the metrics are computed on: indices of test images, or with `validation_only` the held-out
        images.
    judged_order : ndarray of int64, shape (m,)
        Their order, also that of their content.
    again : ndarray of int64, shape (k,)
        Which of them, in this order, are scored again.
    validation_only : bool
        Whether `judged` are training images.
    """

    part: LabelledImages
    split: Split
    training: IntArray
    held_out_order: IntArray
    judged: IntArray
    judged_order: IntArray
    again: IntArray
    validation_only: bool

    @property
    def raw(self) -> RawImages:
        """The images that `judged` refers to."""
        return self.part.train if self.validation_only else self.part.test

    @property
    def labels(self) -> IntArray:
        """The labels of the judged images, in dataset order."""
        return (self.part.train_labels if self.validation_only else self.part.test_labels)[self.judged]

    def held_out_y(self, normal_class: int) -> BoolArray:
        """Return which held-out images are anomalous, in the order in which the worker gets them."""
        y: BoolArray = self.split.validation_y(self.part, normal_class)[self.held_out_order]
        return y


def choose_images(job: Job, data: TaskData) -> TaskImages:
    """Return the images of a job.

    Raises
    ------
    BenchError
        If the data cannot be loaded, have changed, or leave too few images.
    """
    trial, part = job.trial, data.part(job)
    chosen = split(part, job.task.normal_class, share=trial.validation, seed=split_stream(trial))
    random = np.random.RandomState(order_stream(trial, "train"))
    rest = np.setdiff1d(chosen.train, chosen.sample, assume_unique=True)
    held_out_order = np.argsort(hashes(part.train[chosen.validation]), kind="stable")
    if trial.validation_only:
        judged, judged_order = chosen.validation, held_out_order
    else:
        judged = np.arange(len(part.test))
        judged_order = data.statistics(job, part).test_order
    again = np.random.RandomState(order_stream(trial, "again")).permutation(len(judged))
    return TaskImages(
        part=part,
        split=chosen,
        training=np.concatenate([random.permutation(chosen.sample), random.permutation(rest)]),
        held_out_order=held_out_order,
        judged=judged,
        judged_order=judged_order,
        again=again[:REPEATED_IMAGES],
        validation_only=trial.validation_only,
    )
