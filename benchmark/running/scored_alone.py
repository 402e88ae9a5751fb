"""Scores of a few images alone, by a detector that has seen no other test image.

A score that depends on other test images, or that a detector remembers from them, is different there. A detector that
can be saved is loaded in a fresh process; another one is only fitted in a fresh process.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.interfaces.errors import ContractBroken
from benchmark.results.codec import from_plain, to_plain, unpack_arrays
from benchmark.running.images_file import ImagesFile
from benchmark.running.job import Job
from benchmark.running.judge import Judge
from benchmark.running.messages import DetectorRequest, FitRequest, Fitted, LoadRequest, ScoreRequest, Started
from benchmark.running.task_data import TaskData
from benchmark.running.trial_process import worker_process

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray, IntArray, RawImages

WAIT_SECONDS = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class ScoredAlone:
    """The scores of a few images.

    Attributes
    ----------
    chosen : ndarray of int64, shape (k,)
        Indices of the images in the stored scores of the trial.
    scores : ndarray of float64, shape (rules, k)
    saved : bool
        Whether the detector was saved and loaded in between.
    origin : mapping
        The provenance of the worker that fitted it.
    """

    chosen: IntArray
    scores: FloatArray
    saved: bool
    origin: Mapping[str, Any]


def score_alone(job: Job, data: TaskData, *, count: int) -> ScoredAlone:
    """Fit a trial again in a worker that gets training images only, and score a few of the images it was measured on.

    Parameters
    ----------
    count : int
        At most this many images.

    Raises
    ------
    BenchError
        If the data cannot be loaded, or the detector fails.
    """
    judge = Judge(job, data)
    with tempfile.TemporaryDirectory() as folder:
        # Without held-out images, so that nothing can be learnt from them either.
        request, training = judge.fit_request(save_to=folder, held_out=False)
        images = judge.images
        chosen = images.judged_order[images.again][:count]
        raw = images.raw[images.judged[chosen]]
        with _Worker(request.detector, job.gpu) as worker:
            header, _ = worker.answer("fit", request, training, until="fitted")
            saved = from_plain(header["message"], Fitted).saved
            if not saved:
                few = ImagesFile(raw, [np.arange(len(raw))])
                _, arrays = worker.answer("score", ScoreRequest(images=few.layout, again=()), few, until="scored")
                return ScoredAlone(chosen, arrays["scores"], saved, worker.origin)
        return ScoredAlone(
            chosen, score_in_fresh_process(request.detector, folder, raw, gpu=job.gpu), saved, worker.origin
        )


def score_in_fresh_process(
    detector: DetectorRequest, folder: str, raw: RawImages, *, gpu: int | None = None
) -> FloatArray:
    """Return the scores of images by a saved detector, shape (rules, n).

    Parameters
    ----------
    folder : str
        To which it was saved.
    raw : ndarray of uint8 or uint16, shape (n, h, w, c)

    Raises
    ------
    ContractBroken
        If the detector fails.
    """
    images = ImagesFile(raw, [np.arange(len(raw))])
    request = LoadRequest(detector=detector, folder=folder, images=images.layout)
    with _Worker(detector, gpu) as worker:
        _, arrays = worker.answer("load", request, images, until="scored")
    scores: FloatArray = arrays["scores"]
    return scores


class _Worker:
    """A worker process that is asked and waited for, without an engine."""

    def __init__(self, detector: DetectorRequest, gpu: int | None) -> None:
        self._process = worker_process(detector.framework, threads=detector.threads, gpu=gpu)
        self.origin: Mapping[str, Any] = {}

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close(kill=True)

    def answer(
        self, kind: str, request: FitRequest | ScoreRequest | LoadRequest, images: ImagesFile, *, until: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Send a request with its images; return the header and the arrays of the answer."""
        self._process.send({"type": kind, "id": 1, "request": to_plain(request)}, descriptor=images.descriptor)
        while not self._process.gone:
            for header, payload in self._process.receive(WAIT_SECONDS):
                if header["type"] == "failed":
                    raise ContractBroken(f"{header['message']['error_type']}: {header['message']['message']}")
                if header["type"] == "started":
                    self.origin = from_plain(header["message"], Started).origin
                if header["type"] == until:
                    return header, unpack_arrays(payload)
        raise ContractBroken(self._process.exit_reason())
