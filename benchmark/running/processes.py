"""Runs jobs in a fixed number of worker processes on this machine; a worker runs several trials."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable, Generator, Iterable, Sequence

from benchmark.registry import Registry, registry
from benchmark.running.engine import Event, Tick
from benchmark.running.job import Job
from benchmark.running.task_data import TaskData
from benchmark.running.trial_process import TrialProcess, WorkerKey, worker_key

POLL_SECONDS = 0.2
"""How often, in seconds, the processes are checked when they send nothing."""


class ProcessEngine:
    """Runs jobs in their order, except that jobs for the framework of an idle worker come first.

    Parameters
    ----------
    workers : int
        Maximal number of processes. A process serves one framework; it is replaced when no job is left for it.
    timeout : float, optional
        Time limit of a trial, in seconds.
    memory_limit_mib : float, optional
        Limit of the resident memory of a worker and its children, in MiB.
    finish_early : threading.Event, optional
        Once it is set, no further job starts; running jobs finish.
    known : Registry, optional
        The plugins of this process, which load the datasets and measure; default: all installed plugins.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        timeout: float | None = None,
        memory_limit_mib: float | None = None,
        finish_early: threading.Event | None = None,
        known: Registry | None = None,
    ) -> None:
        self.workers, self.timeout, self.memory_limit_mib = workers, timeout, memory_limit_mib
        self.finish_early = finish_early or threading.Event()
        self._known = known

    def run(self, jobs: Sequence[Job], claim: Callable[[Job], bool] = lambda _: True) -> Generator[Event]:
        """Yield events until every job has finished. Closing the generator ends the workers.

        Parameters
        ----------
        claim : callable
            Called just before a job is started; a job for which it returns False is left out.
        """
        waiting = list(jobs)
        children: list[TrialProcess] = []
        ended: list[TrialProcess] = []  # closed, but their threads still judge
        finished = False
        with _Alarm() as alarm:
            data = TaskData(self._known or registry())

            def start(key: WorkerKey) -> TrialProcess:
                return TrialProcess(key, data, alarm.ring)

            try:
                self._assign(waiting, children, ended, claim, start)
                while any(child.is_busy for child in (*children, *ended)):
                    alarm.wait(children)
                    events: list[Event] = []
                    for child in (*children, *ended):
                        events += child.listen()
                        if not child.gone:
                            child.check_limits(self.timeout, self.memory_limit_mib)
                    for child in [child for child in children if child.gone]:
                        child.close(kill=True)
                        children.remove(child)
                        ended.append(child)
                    ended[:] = [child for child in ended if child.is_busy]
                    # Assign jobs before yielding events, so that a worker is busy while its outcome is stored.
                    try:
                        self._assign(waiting, children, ended, claim, start)
                        self._expect(waiting, children)
                    finally:  # yield the events even if that fails
                        yield from events
                    yield Tick()
                finished = True
            finally:
                for child in (*children, *ended):
                    child.close(kill=not finished, judge=finished)

    def _assign(
        self,
        waiting: list[Job],
        children: list[TrialProcess],
        ended: list[TrialProcess],
        claim: Callable[[Job], bool],
        start: Callable[[WorkerKey], TrialProcess],
    ) -> None:
        """Start jobs on idle workers, and on new workers up to the limit; a closed worker moves to `ended`."""

        def close(child: TrialProcess) -> None:
            children.remove(child)
            child.close()
            ended.append(child)

        while waiting and not self.finish_early.is_set():
            gpu_is_free = all(child.job is None or child.job.trial.device == "cpu" for child in children)
            possible = [job for job in waiting if gpu_is_free or job.trial.device == "cpu"]
            chosen = self._match(possible, children)
            if chosen is None:
                return
            job, child = chosen
            waiting.remove(job)
            if not claim(job):
                continue
            if child is not None and child.key != worker_key(job):
                close(child)
                child = None
            if child is None:
                if job.gpu is not None:
                    # Idle workers still occupy memory of the GPU.
                    for idle in [idle for idle in children if idle.job is None and idle.key[2] is not None]:
                        close(idle)
                child = start(worker_key(job))
                children.append(child)
            child.start(job)

    def _expect(self, waiting: Sequence[Job], children: Sequence[TrialProcess]) -> None:
        """Let busy workers prepare the images of their next jobs."""
        expected: list[Job] = []
        for child in children:
            if child.job is not None and child.key[2] is None:
                following = (job for job in waiting if worker_key(job) == child.key and job not in expected)
                job = next(following, None)
                if job is not None:
                    expected.append(job)
                    child.expect(job)

    def _match(
        self, possible: Sequence[Job], children: Sequence[TrialProcess]
    ) -> tuple[Job, TrialProcess | None] | None:
        """Return the next job and its worker (None: a new one); None if all workers are busy.

        A job whose framework an idle worker has loaded comes before earlier jobs.
        """
        if not possible:
            return None
        idle = [child for child in children if child.is_idle]
        for job in possible:
            for child in idle:
                if child.key == worker_key(job):
                    return job, child
        if len(children) < self.workers:
            return possible[0], None
        return (possible[0], idle[0]) if idle else None


class _Alarm:
    """Waits for the processes and for the threads beside them; a thread rings when it has a result."""

    def __enter__(self) -> _Alarm:
        self._lock = threading.Lock()
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            os.close(self._reading)
            os.close(self._writing)
            self._writing = -1

    def ring(self) -> None:
        """End the wait; called in a thread, which may outlive the engine's run."""
        with self._lock:
            if self._writing >= 0:
                with contextlib.suppress(BlockingIOError):  # the pipe is full: it has been rung
                    os.write(self._writing, b"1")

    def wait(self, children: Iterable[TrialProcess]) -> None:
        """Return when a process has sent bytes, or a thread has a result, or after `POLL_SECONDS`."""
        poll = select.poll()
        poll.register(self._reading, select.POLLIN)
        for child in children:
            poll.register(child, select.POLLIN)
        poll.poll(POLL_SECONDS * 1000)
        with contextlib.suppress(BlockingIOError):
            os.read(self._reading, 1 << 16)
