"""The engine's side of a trial: it has the labels, chooses the images for the worker, and judges the scores."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.outcome import Cost, Measure, Outcome, ScoredSet, now
from benchmark.metrics.compute import compute_metrics
from benchmark.running.asked_again import AskedAgain
from benchmark.running.audit import auc_notes, audit, copied
from benchmark.running.baselines import Baselines
from benchmark.running.curves import measure_epoch
from benchmark.running.images_file import ImagesFile
from benchmark.running.job import Job
from benchmark.running.messages import (
    DetectorRequest,
    Failure,
    FitRequest,
    Fitted,
    Scored,
    ScoreRequest,
    Started,
)
from benchmark.running.streams import fit_stream
from benchmark.running.task_data import TaskData
from benchmark.running.task_images import TaskImages, choose_images

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray, IntArray

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
        self._chosen: TaskImages | None = None
        self._sample_scores: FloatArray = np.zeros((0, 0))

    @property
    def images(self) -> TaskImages:
        """The images of the trial; `fit_request` has chosen them."""
        assert self._chosen is not None
        return self._chosen

    def fit_request(self, *, save_to: str = "", held_out: bool = True) -> tuple[FitRequest, ImagesFile]:
        """Return the request to fit, with the training images and the held-out images.

        Parameters
        ----------
        save_to : str
            A folder for the fitted detector; empty: it is not saved.
        held_out : bool
            Whether the worker gets held-out images to score during the fit.

        Raises
        ------
        BenchError
            If the data cannot be loaded, have changed, or leave too few images.
        """
        trial = self.job.trial
        images = self._chosen = choose_images(self.job, self.data)
        order = images.held_out_order if held_out else images.held_out_order[:0]
        file = ImagesFile(images.part.train, [images.training, images.split.validation[order]])
        detector = DetectorRequest(
            name=trial.detector,
            params=trial.params,
            rules=trial.rules,
            framework=trial.framework,
            device=trial.device,
            threads=trial.threads,
        )
        request = FitRequest(
            detector=detector,
            seed=fit_stream(trial),
            images=file.layout,
            sample=len(images.split.sample),
            save_to=save_to,
        )
        return request, file

    def score_request(self) -> tuple[ScoreRequest, ImagesFile]:
        """Return the request to score, with the images that the metrics are computed on."""
        images = self.images
        if images.validation_only:
            file = ImagesFile(images.raw, [images.judged[images.judged_order]])
        else:
            file = self.data.statistics(self.job, images.part).test_file
        return ScoreRequest(images=file.layout, again=tuple(images.again.tolist())), file

    def started(self, message: Started) -> None:
        """Keep the provenance and the source of the worker."""
        self._set(source=message.source, provenance={**self.job.origin, **message.origin})

    def epoch(self, report: EpochReport, arrays: Arrays) -> EpochReport:
        """Return a report with the measurements of its scores; one without scores as it is."""
        if arrays:
            y = self.images.held_out_y(self.job.task.normal_class)
            validation = measure_epoch(self.job.trial.rules, y, held_out=arrays["held_out"], sample=arrays["sample"])
            report = dataclasses.replace(report, validation=validation)
        self._reports.append(report)
        return report

    def fitted(self, message: Fitted, arrays: Arrays) -> None:
        """Keep the scores of the training sample and of the held-out images."""
        images, self._sample_scores = self.images, arrays["sample"]
        labels, held_out = images.part.train_labels, images.split.validation
        # The sample is not sorted: all its images are normal.
        sets = {"train": self._scored(labels[images.split.sample], arrays["sample"])}
        if len(held_out):
            sets["validation"] = self._scored(labels[held_out], _restored(arrays["held_out"], images.held_out_order))
        self._set(sets=sets)
        self._set_cost(message.cost)

    def scored(self, message: Scored, arrays: Arrays) -> Outcome:
        """Return the outcome: the scores, audited and measured."""
        judged = self._scored(self.images.labels, _restored(arrays["scores"], self.images.judged_order))
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
            asked_again = AskedAgain(
                self.images.judged_order[self.images.again], arrays["again"][index], arrays["nudged"][index]
            )
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
        images = self.images
        if images.validation_only:
            return Baselines(images.raw[images.judged])
        return self.data.statistics(self.job, images.part).test

    def _mean_pixel(self) -> float:
        """Return the mean pixel of the training images, not scaled."""
        means = self.data.statistics(self.job, self.images.part).train_means
        return float(means[self.images.split.train].mean())

    def _scored(self, labels: IntArray, scores: FloatArray) -> ScoredSet:
        labels = np.asarray(labels, dtype=np.int64)
        return ScoredSet(
            y=labels != self.job.task.normal_class, labels=labels, rules=self.job.trial.rules, scores=scores
        )

    def _set(self, **fields: Any) -> None:
        self.outcome = dataclasses.replace(self.outcome, **fields)

    def _set_cost(self, cost: Cost, **counts: int) -> None:
        train_images = None if self._chosen is None else len(self._chosen.training)
        known = {name: value for name, value in dataclasses.asdict(cost).items() if value is not None}
        self._set(cost=dataclasses.replace(self.outcome.cost, **{**known, "train_images": train_images, **counts}))

    def _finished(self) -> Outcome:
        return dataclasses.replace(self.outcome, curves=tuple(self._reports), finished_at=now())


def _restored(scores: FloatArray, order: IntArray) -> FloatArray:
    """Return scores, shape (rules, n), of images that were scored in a random order, in their first order."""
    restored = np.empty_like(scores)
    restored[:, order] = scores
    return restored
