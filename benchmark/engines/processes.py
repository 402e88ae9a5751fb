"""Runs jobs in worker processes on this machine: a fixed number of them, each kept alive between trials."""

from __future__ import annotations

import collections
import select
from collections.abc import Generator, Sequence

from benchmark.engines import Event
from benchmark.engines.child import Child, needs_of
from benchmark.trial import Job

__all__ = ["ProcessEngine"]

POLL_SECONDS = 0.2
"""How often the processes are looked at when they say nothing."""


class ProcessEngine:
    """Runs jobs in the order given; with one worker one after the other.

    Parameters
    ----------
    workers : int
        How many processes at most. A process serves one framework; it gives way to another when that is needed.
    """

    def __init__(self, *, workers: int = 1) -> None:
        self.workers = workers

    def run(self, jobs: Sequence[Job]) -> Generator[Event]:
        """Yield events until every job has finished. Closing the generator ends the workers."""
        waiting = collections.deque(jobs)
        children: list[Child] = []
        finished = False
        try:
            while waiting or any(child.job for child in children):
                self._hand_out(waiting, children)
                poll = select.poll()
                for child in children:
                    poll.register(child, select.POLLIN)
                poll.poll(POLL_SECONDS * 1000)
                for child in list(children):
                    yield from child.listen()
                    if child.gone:
                        children.remove(child)
                        child.close(kill=True)
            finished = True
        finally:
            for child in children:
                child.close(kill=not finished)

    def _hand_out(self, waiting: collections.deque[Job], children: list[Child]) -> None:
        """Give the next jobs to idle workers, starting those that are needed."""
        while waiting:
            needs = needs_of(waiting[0].trial)
            idle = [child for child in children if child.job is None]
            fitting = next((child for child in idle if child.needs == needs), None)
            if fitting is None and len(children) >= self.workers:
                if not idle:
                    return
                children.remove(idle[0])
                idle[0].close()
            if fitting is None:
                fitting = Child(needs)
                children.append(fitting)
            fitting.give(waiting.popleft())
