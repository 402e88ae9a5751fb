"""Runs jobs in a fixed number of worker processes on this machine; a worker runs several trials."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Generator, Sequence

from benchmark.running.engine import Event, Tick
from benchmark.running.job import Job
from benchmark.running.trial_process import TrialProcess, worker_key

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
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        timeout: float | None = None,
        memory_limit_mib: float | None = None,
        finish_early: threading.Event | None = None,
    ) -> None:
        self.workers, self.timeout, self.memory_limit_mib = workers, timeout, memory_limit_mib
        self.finish_early = finish_early or threading.Event()

    def run(self, jobs: Sequence[Job], claim: Callable[[Job], bool] = lambda _: True) -> Generator[Event]:
        """Yield events until every job has finished. Closing the generator ends the workers.

        Parameters
        ----------
        claim : callable
            Called just before a job is started; a job for which it returns False is left out.
        """
        waiting = list(jobs)
        children: list[TrialProcess] = []
        finished = False
        try:
            self._assign(waiting, children, claim)
            while any(child.job for child in children):
                poll = select.poll()
                for child in children:
                    poll.register(child, select.POLLIN)
                poll.poll(POLL_SECONDS * 1000)
                events: list[Event] = []
                for child in list(children):
                    events += child.listen()
                    events += child.check_limits(self.timeout, self.memory_limit_mib)
                    if child.gone:
                        children.remove(child)
                        child.close(kill=True)
                # Assign jobs before yielding events, so that a worker is busy while its outcome is stored.
                try:
                    self._assign(waiting, children, claim)
                finally:  # yield the events even if that fails
                    yield from events
                yield Tick()
            finished = True
        finally:
            for child in children:
                child.close(kill=not finished)

    def _assign(self, waiting: list[Job], children: list[TrialProcess], claim: Callable[[Job], bool]) -> None:
        """Start jobs on idle workers, and on new workers up to the limit."""
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
                children.remove(child)
                child.close()
                child = None
            if child is None:
                self._clear_gpu(job, children)
                child = TrialProcess(worker_key(job))
                children.append(child)
            child.start(job)

    def _clear_gpu(self, job: Job, children: list[TrialProcess]) -> None:
        """End idle workers that occupy memory of the GPU before a job uses it."""
        for child in [idle for idle in children if idle.job is None and idle.key[2] is not None]:
            if job.gpu is not None:
                children.remove(child)
                child.close()

    def _match(
        self, possible: Sequence[Job], children: Sequence[TrialProcess]
    ) -> tuple[Job, TrialProcess | None] | None:
        """Return the next job and its worker (None: a new one); None if all workers are busy.

        A job whose framework an idle worker has loaded comes before earlier jobs.
        """
        if not possible:
            return None
        idle = [child for child in children if child.job is None]
        for job in possible:
            for child in idle:
                if child.key == worker_key(job):
                    return job, child
        if len(children) < self.workers:
            return possible[0], None
        return (possible[0], idle[0]) if idle else None
