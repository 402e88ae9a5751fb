"""A worker process with the engine's side of its trials: it runs one job at a time, and every job gets an outcome."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.outcome import Cost, Outcome
from benchmark.results.codec import from_plain, to_plain, unpack_arrays
from benchmark.running import wire
from benchmark.running.engine import EpochDone, Event, TrialFinished, TrialStarted
from benchmark.running.images_file import ImagesFile
from benchmark.running.job import Job
from benchmark.running.judge import Judge
from benchmark.running.messages import Failure, FitRequest, Fitted, Scored, ScoreRequest, Started
from benchmark.running.process import SupervisedProcess
from benchmark.running.task_data import TaskData

STARTUP_SECONDS = 120.0
"""Seconds allowed for starting the worker and loading the framework, in addition to the time limit of a trial."""

CHECK_SECONDS = 0.1
"""How often, in seconds, the limits of a trial are checked."""

HIDDEN_VARIABLES = ("BENCH_DATA", "BENCH_CACHE", "BENCH_ACCEPT_DATA")
"""Variables about datasets. A worker does not get them, since its images come from the engine."""

Request = TypeVar("Request", bound="tuple[FitRequest | ScoreRequest, ImagesFile]")

WorkerKey = tuple[str, int, int | None]
"""The properties with which a worker is started: framework, threads, number of the GPU or None."""


def worker_process(framework: str, *, threads: int, gpu: int | None) -> SupervisedProcess:
    """Start a worker."""
    return SupervisedProcess("benchmark.running.worker", framework, threads=threads, gpu=gpu, without=HIDDEN_VARIABLES)


def worker_key(job: Job) -> WorkerKey:
    """Return the properties that a worker needs to run a job."""
    return job.trial.framework, job.trial.threads, job.gpu


class _RunningTrial:
    """A job in this process, its judge, and how far it is.

    Attributes
    ----------
    fit, score : Future or None
        The requests to the worker, made in a thread in this order; None once they are sent.
    due : str
        The request that the worker waits for: `fit`, `score`, or none.
    """

    def __init__(self, number: int, job: Job, data: TaskData) -> None:
        self.number, self.job, self.judge = number, job, Judge(job, data)
        self.fit: Future[tuple[FitRequest, ImagesFile]] | None = None
        self.score: Future[tuple[ScoreRequest, ImagesFile]] | None = None
        self.due = ""
        self.sent_at = self.due_since = time.monotonic()
        self.started_at: float | None = None
        self.waited_seconds = 0.0
        self.peak_mib = 0.0
        self.has_outcome = False

    def finished(self, outcome: Outcome) -> list[Event]:
        """Return the event of its outcome; of two outcomes the first counts."""
        if self.has_outcome:
            return []
        self.has_outcome = True
        return [TrialFinished(outcome)]

    def seconds(self) -> float:
        """Return how long it has run: since the framework was loaded, or else since it was sent.

        The time in which a fitted detector waited for images does not count.
        """
        now = time.monotonic()
        waited = self.waited_seconds + (now - self.due_since if self.due == "score" else 0.0)
        return now - (self.sent_at if self.started_at is None else self.started_at) - waited


class TrialProcess:
    """One worker process, and two threads: one prepares images, the other judges scores.

    The loop that watches the processes does neither, so a slow dataset or metric does not delay it.

    Parameters
    ----------
    data : TaskData
        The datasets, shared by the processes of an engine.
    wake : callable
        Called, in one of the threads, when `listen` has something to yield.

    Attributes
    ----------
    key : tuple
        The properties with which it was started.
    gone : bool
        Whether it can take no further job.
    """

    def __init__(self, key: WorkerKey, data: TaskData, wake: Callable[[], None]) -> None:
        framework, threads, gpu = key
        self.key = key
        self.gone = False
        self._data, self._wake = data, wake
        self._number = 0
        self._checked_at = 0.0
        self._trial: _RunningTrial | None = None
        self._next: _RunningTrial | None = None
        self._preparing, self._judging = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._results: SimpleQueue[Callable[[], list[Event]]] = SimpleQueue()
        self._unjudged = 0
        self._process = worker_process(framework, threads=threads, gpu=gpu)

    @property
    def job(self) -> Job | None:
        """The job that it runs; None if it is idle."""
        return None if self._trial is None else self._trial.job

    @property
    def is_idle(self) -> bool:
        """Whether it may take a job: it runs none, and at most one earlier trial is still being judged."""
        return self._trial is None and self._unjudged <= 1

    @property
    def is_busy(self) -> bool:
        """Whether `listen` will have more to yield: a job runs, or what it has sent is being judged."""
        return self._trial is not None or self._unjudged > 0

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when bytes for `listen` have arrived."""
        return self._process.fileno()

    def expect(self, job: Job) -> None:
        """Prepare the images of a job that will probably be the next one."""
        if self._next is None or self._next.job is not job:
            self._number += 1
            self._next = _RunningTrial(self._number, job, self._data)
            self._next.fit = self._prepare(self._next, self._next.judge.fit_request)
            self._next.score = self._prepare(self._next, self._next.judge.score_request)

    def start(self, job: Job) -> None:
        """Begin with a job; `listen` yields its events."""
        self.expect(job)
        trial, self._next = self._next, None
        assert trial is not None  # `expect` has made it
        self._trial = trial
        trial.sent_at = time.monotonic()
        self._process.output.clear()
        trial.due = "fit"
        self._put(lambda: self._send_due(trial))

    def listen(self) -> Iterator[Event]:
        """Yield the events since the last call, without waiting."""
        yield from self._results_of_threads()
        if self.gone:
            return
        try:
            for header, payload in self._process.receive():
                yield from self._events(header, payload)
        except (KeyError, TypeError, ValueError) as error:
            message = f"the worker sent an invalid message: {type(error).__name__}: {error}"
            self.abandon("killed", "ContractBroken", message)
        if self._process.gone and not self.gone:
            reason = "" if self._trial is None else self._process.exit_reason()
            self.abandon("killed", "WorkerDied", reason)

    def check_limits(self, timeout: float | None, memory_limit_mib: float | None) -> None:
        """Abandon a process whose job exceeds its time or memory limit."""
        trial, now = self._trial, time.monotonic()
        if trial is None or now - self._checked_at < CHECK_SECONDS:
            return
        self._checked_at = now
        used = self._process.resident_mib()  # reads the whole table of processes
        trial.peak_mib = max(trial.peak_mib, used)
        # The time of a trial starts when its framework is loaded; loading has a separate limit.
        seconds = trial.seconds() - (STARTUP_SECONDS if trial.started_at is None else 0.0)
        if timeout is not None and seconds > timeout:
            self.abandon("timeout", "TimedOut", f"stopped after {timeout:g} seconds (--timeout)")
        elif memory_limit_mib is not None and used > memory_limit_mib:
            message = f"stopped at {used:.0f} MiB of resident memory (--memory-limit {memory_limit_mib:g})"
            self.abandon("out_of_memory", "MemoryLimit", message)

    def abandon(self, status: str, error_type: str, message: str) -> None:
        """Give up this process, which must then be closed; if it runs a job, this is the job's outcome."""
        self.gone = True
        trial, self._trial = self._trial, None
        if trial is not None:
            failure = Failure(
                status=status,
                error_type=error_type,
                message=message,
                last_lines=self._process.output.text(),
                cost=Cost(wall_seconds=trial.seconds(), peak_memory_mib=trial.peak_mib or None),
            )
            # In the thread, so that it has the epochs before it.
            self._judge(trial, trial.judge.failed, failure)

    def close(self, *, kill: bool = False, judge: bool = True) -> None:
        """End the process by closing its channel; kill it if that does not end it, or at once if `kill` is set.

        Parameters
        ----------
        judge : bool
            Whether `listen` is still called, for the outcomes of what has been scored.
        """
        self.gone = True
        self._process.close(kill=kill)
        self._preparing.shutdown(wait=False, cancel_futures=True)
        if not judge:
            self._judging.shutdown(wait=False, cancel_futures=True)

    def _events(self, header: dict[str, Any], payload: bytes) -> Iterator[Event]:
        """Yield the events of a frame, and give the judge what it holds."""
        kind, trial = header["type"], self._trial
        if kind == "hello":
            if header.get("protocol") != wire.PROTOCOL:
                raise ValueError(f"the worker uses protocol {header.get('protocol')}, this is {wire.PROTOCOL}")
            return
        if trial is None or header["id"] != trial.number:
            raise ValueError(f"{kind!r} for a trial that it does not run")
        judge = trial.judge
        if kind == "started":
            trial.started_at = time.monotonic()
            self._judge(trial, judge.started, from_plain(header["message"], Started))
            yield TrialStarted(trial.job.trial)
        elif kind == "epoch":
            self._judge(trial, judge.epoch, from_plain(header["report"], EpochReport), unpack_arrays(payload))
        elif kind == "fit_ended":
            trial.due, trial.due_since = "score", time.monotonic()
            yield from self._send_due(trial)
        elif kind == "fitted":
            self._judge(trial, judge.fitted, from_plain(header["message"], Fitted), unpack_arrays(payload))
        elif kind == "scored":
            self._trial = None
            self._judge(trial, judge.scored, from_plain(header["message"], Scored), unpack_arrays(payload))
        else:
            self._trial = None
            self._judge(trial, judge.failed, from_plain(header["message"], Failure))

    def _prepare(self, trial: _RunningTrial, request: Callable[[], Request]) -> Future[Request]:
        """Make a request in a thread; `listen` sends it when it is due."""
        future = self._preparing.submit(request)
        future.add_done_callback(lambda _: self._put(lambda: self._send_due(trial)))
        return future

    def _send_due(self, trial: _RunningTrial) -> list[Event]:
        """Send the request that the worker waits for, if it is ready."""
        future = {"fit": trial.fit, "score": trial.score}.get(trial.due)
        if trial is not self._trial or self.gone or future is None or not future.done():
            return []
        if error := future.exception():
            self.gone = trial.due == "score"  # it waits for images that will not come
            self._error(trial, error)
            return []
        message, images = future.result()
        header = {"type": trial.due, "id": trial.number, "request": to_plain(message)}
        self._process.send(header, descriptor=images.descriptor)
        if trial.due == "fit":
            trial.fit = None  # its file is closed
        else:
            trial.score = None
            trial.waited_seconds += time.monotonic() - trial.due_since
        trial.due = ""
        return []

    def _judge(self, trial: _RunningTrial, method: Callable[..., Any], *values: Any) -> None:
        """Call a method of the judge in a thread; `listen` yields the event of its result."""

        def events(done: Future[Any]) -> list[Event]:
            self._unjudged -= 1
            if done.cancelled():
                return []
            if error := done.exception():
                self.gone = self.gone or trial is self._trial  # for example, arrays of a wrong shape
                self._error(trial, error)
                return []
            result = done.result()
            if isinstance(result, EpochReport):
                return [] if trial.has_outcome else [EpochDone(trial.job.trial, result)]
            return trial.finished(result) if isinstance(result, Outcome) else []

        self._unjudged += 1
        self._judging.submit(method, *values).add_done_callback(lambda done: self._put(lambda: events(done)))

    def _error(self, trial: _RunningTrial, error: BaseException) -> None:
        """End a trial whose images cannot be loaded, or whose scores cannot be judged."""
        if trial is self._trial:
            self._trial = None
        failure = Failure(
            status="out_of_memory" if isinstance(error, MemoryError) else "failed",
            error_type=type(error).__name__,
            message=" ".join(str(error).split()),
            last_lines="".join(traceback.format_exception(error)),
            cost=Cost(wall_seconds=trial.seconds()),
        )
        self._judge(trial, trial.judge.failed, failure)

    def _put(self, result: Callable[[], list[Event]]) -> None:
        """Let `listen` call a function; called in any thread."""
        self._results.put(result)
        self._wake()

    def _results_of_threads(self) -> Iterator[Event]:
        while True:
            try:
                result = self._results.get_nowait()
            except Empty:
                return
            yield from result()
