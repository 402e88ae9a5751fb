"""The engine's side of a trial: it has the labels, chooses the images for the worker, and judges the scores."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.outcome import Measure, Outcome, ScoredSet, now
from benchmark.metrics.compute import compute_metrics
from benchmark.running.asked_again import AskedAgain
from benchmark.running.audit import auc_notes, audit, copied
from benchmark.running.baselines import Baselines
from benchmark.running.curves import measure_epoch
from benchmark.running.images_file import ImagesFile
from benchmark.running.job import Job
from benchmark.running.messages import Failure, FitRequest, Fitted, Scored, ScoreRequest, Started, WorkerCost
from benchmark.running.split import Split, split
from benchmark.running.streams import fit_stream, order_stream, split_stream
from benchmark.running.task_data import TaskData

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray, IntArray, RawImages
    from benchmark.interfaces.dataset import LabelledImages

REPEATED_IMAGES = 256
"""At most this many images are scored again for the audit."""

Arrays = Mapping[str, "FloatArray"]
"""The arrays of a message of the worker, by name."""


class Judge:
    """One trial on the engine's side, from the choice of the images to the outcome.

    The two requests are made in one thread, in this order; the other methods are called in another thread, in the order
    of the worker's messages.

    Parameters
    ----------
    job : Job
    data : TaskData
        Shared by the trials of an engine.

    Attributes
    ----------
    outcome : Outcome
        What is known so far; its status is `failed` until all scores have been judged.
    """

    def __init__(self, job: Job, data: TaskData) -> None:
        self.job, self.data = job, data
        self.outcome = Outcome(trial=job.trial, task=job.task, status="failed", source=job.source)
        self._reports: list[EpochReport] = []

    def fit_request(self, *, save_to: str = "") -> tuple[FitRequest, ImagesFile]:
        """Return the request to fit, with the training images and the held-out images.

        Parameters
        ----------
        save_to : str
            A folder for the fitted detector; empty: it is not saved.

        Raises
        ------
        BenchError
            If the data cannot be loaded, have changed, or leave too few images.
        """
        trial = self.job.trial
        self._part: LabelledImages = self.data.part(self.job)
        self._split: Split = split(
            self._part, self.job.task.normal_class, share=trial.validation, seed=split_stream(trial)
        )
        self._held_out_order = self._random("held-out").permutation(len(self._split.validation))
        random = self._random("train")
        rest = np.setdiff1d(self._split.train, self._split.sample, assume_unique=True)
        training = np.concatenate([random.permutation(self._split.sample), random.permutation(rest)])
        images = ImagesFile(self._part.train, [training, self._split.validation[self._held_out_order]])
        request = FitRequest(
            detector=trial.detector,
            params=trial.params,
            rules=trial.rules,
            framework=trial.framework,
            seed=fit_stream(trial),
            device=trial.device,
            threads=trial.threads,
            images=images.layout,
            sample=len(self._split.sample),
            save_to=save_to,
        )
        return request, images

    def score_request(self) -> tuple[ScoreRequest, ImagesFile]:
        """Return the request to score, with the images that the metrics are computed on."""
        self._choose_judged()
        self._order: IntArray = self._random("judged").permutation(len(self._indices))
        self._again: IntArray = self._random("again").permutation(len(self._indices))[:REPEATED_IMAGES]
        images = ImagesFile(self._raw, [self._indices[self._order]])
        return ScoreRequest(images=images.layout, again=tuple(self._again.tolist())), images

    def some_images(self, count: int) -> tuple[RawImages, IntArray]:
        """Return a few of the images that the metrics are computed on, and their indices in the stored scores."""
        self._choose_judged()
        chosen = self._random("few").permutation(len(self._indices))[:count]
        return self._raw[self._indices[chosen]], chosen

    def _choose_judged(self) -> None:
        if self.job.trial.validation_only:
            self._raw, self._labels = self._part.train, self._part.train_labels
            self._indices = self._split.validation
        else:
            self._raw, self._labels = self._part.test, self._part.test_labels
            self._indices = np.arange(len(self._raw))

    def started(self, message: Started) -> None:
        """Keep the provenance and the source of the worker."""
        self._set(source=message.source, provenance={**self.job.origin, **message.origin})

    def epoch(self, report: EpochReport, arrays: Arrays) -> EpochReport:
        """Return a report with the measurements of its scores; one without scores as it is."""
        if arrays:
            y = self._split.validation_y(self._part, self.job.task.normal_class)[self._held_out_order]
            validation = measure_epoch(self.job.trial.rules, y, held_out=arrays["held_out"], sample=arrays["sample"])
            report = dataclasses.replace(report, validation=validation)
        self._reports.append(report)
        return report

    def fitted(self, message: Fitted, arrays: Arrays) -> None:
        """Keep the scores of the training sample and of the held-out images."""
        labels, held_out = self._part.train_labels, self._split.validation
        self._sample_scores = arrays["sample"]
        sets = {"train": self._scored(labels[self._split.sample], arrays["sample"])}
        if len(held_out):
            sets["validation"] = self._scored(labels[held_out], _restored(arrays["held_out"], self._held_out_order))
        self._set(sets=sets)
        self._set_cost(message.cost)

    def scored(self, message: Scored, arrays: Arrays) -> Outcome:
        """Return the outcome: the scores, audited and measured."""
        in_order = _restored(arrays["scores"], self._order)
        judged = self._scored(self._labels[self._indices], in_order)
        self._set(facts=message.facts)
        self._set(sets={**self.outcome.sets, self.job.trial.judged_on: judged})
        self._set_cost(message.cost, scored_images=len(judged.y))
        baselines, mean = self._baselines(), self._mean_pixel()
        self._set(baselines=baselines.roc_auc(judged.y, mean))
        self._audit_and_measure(judged, arrays, message)
        measure = self.outcome.measure(self.job.trial.primary_rule, "roc_auc")
        if measure is not None:
            notes = auc_notes(measure, self.outcome.baselines, baselines.standard_errors(judged.y, mean))
            self._set(notes=(*self.outcome.notes, *notes))
        return self._finished()

    def failed(self, message: Failure) -> Outcome:
        """Return the outcome of a trial that ended with an error; it has the results of the earlier steps."""
        self._set(
            status=message.status,
            error_type=message.error_type,
            message=message.message,
            last_lines=message.last_lines,
        )
        self._set_cost(message.cost)
        return self._finished()

    def _audit_and_measure(self, judged: ScoredSet, arrays: Arrays, answer: Scored) -> None:
        """Set status, metrics and notes. The trial is degenerate if its primary rule is."""
        notes = list(answer.notes)
        metrics: dict[str, dict[str, Measure]] = {}
        self._set(status="ok")
        available = self.data.registry.metrics
        for index, rule in enumerate(judged.rules):
            scores = judged.of(rule)
            asked_again = AskedAgain(self._order[self._again], arrays["again"][index], arrays["nudged"][index])
            problem = (
                audit(scores, judged.y, asked_again, answer.dtypes[index])
                # In the order in which the worker got the images.
                or copied(self._sample_scores[index], arrays["scores"][index])
            )
            if problem:
                message = f"rule {rule!r}: {problem}"
                if index == 0:
                    self._set(status="degenerate", error_type="DegenerateScores", message=message)
                else:
                    notes.append(message)
                continue
            metrics[rule], problems = compute_metrics(available, available.names(), judged.y, scores, judged.labels)
            notes += problems.values()
        self._set(metrics=metrics, notes=tuple(dict.fromkeys(notes)))

    def _baselines(self) -> Baselines:
        if self.job.trial.validation_only:
            return Baselines(self._raw[self._indices])
        return self.data.baselines(self.job, self._part)

    def _mean_pixel(self) -> float:
        """Return the mean pixel of the training images, not scaled."""
        return float(self.data.train_means(self.job, self._part)[self._split.train].mean())

    def _scored(self, labels: IntArray, scores: FloatArray) -> ScoredSet:
        labels = np.asarray(labels, dtype=np.int64)
        return ScoredSet(
            y=labels != self.job.task.normal_class, labels=labels, rules=self.job.trial.rules, scores=scores
        )

    def _random(self, use: str) -> np.random.RandomState:
        return np.random.RandomState(order_stream(self.job.trial, use))

    def _set(self, **fields: Any) -> None:
        self.outcome = dataclasses.replace(self.outcome, **fields)

    def _set_cost(self, cost: WorkerCost, **counts: int) -> None:
        train_images = len(self._split.train) if hasattr(self, "_split") else None
        known = {name: value for name, value in dataclasses.asdict(cost).items() if value is not None}
        self._set(cost=dataclasses.replace(self.outcome.cost, train_images=train_images, **known, **counts))

    def _finished(self) -> Outcome:
        return dataclasses.replace(self.outcome, curves=tuple(self._reports), finished_at=now())


def _restored(scores: FloatArray, order: IntArray) -> FloatArray:
    """Return scores, shape (rules, n), of images that were scored in a random order, in their first order."""
    restored = np.empty_like(scores)
    restored[:, order] = scores
    return restored
