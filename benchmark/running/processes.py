"""Runs jobs in worker processes on this machine: a fixed number of them, each kept alive between trials."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Generator, Sequence

from benchmark.running.engine import Event, Tick
from benchmark.running.job import Job
from benchmark.running.trial_process import TrialProcess, worker_key

POLL_SECONDS = 0.2
"""How often the processes are checked when they send nothing."""


class ProcessEngine:
    """Runs jobs in the order given, as far as frameworks allow; with one worker one after the other.

    Parameters
    ----------
    workers : int
        How many processes at most. A process serves one framework; it is replaced when no job is left for it.
    timeout : float, optional
        Seconds that a trial may take.
    memory_limit_mib : float, optional
        Resident memory that a worker, with what it has started, may hold.
    finish_early : threading.Event, optional
        Once it is set no further job is begun; what runs comes to its end.
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
                # First more work, then the events: while an outcome is being stored, its worker is busy again.
                try:
                    self._assign(waiting, children, claim)
                finally:  # the events that have come are yielded even if that fails
                    yield from events
                yield Tick()
            finished = True
        finally:
            for child in children:
                child.close(kill=not finished)

    def _assign(self, waiting: list[Job], children: list[TrialProcess], claim: Callable[[Job], bool]) -> None:
        """Give jobs to idle workers, and to new ones while there is room."""
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
        """End idle workers that still hold memory of the GPU that a job is about to use."""
        for child in [one for one in children if one.job is None and one.key[2] is not None]:
            if job.gpu is not None:
                children.remove(child)
                child.close()

    def _match(
        self, possible: Sequence[Job], children: Sequence[TrialProcess]
    ) -> tuple[Job, TrialProcess | None] | None:
        """Return the job to start next and the worker to give it to (None: a new one); None where all are busy.

        A worker that has loaded the job's framework is preferred to the order.
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
