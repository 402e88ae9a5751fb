"""A worker process, as used by the engine: it runs one job at a time, and every job ends with an outcome."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.outcome import Cost, Outcome
from benchmark.results.codec import from_plain, outcome_from_plain, to_plain, unpack_arrays
from benchmark.running import wire
from benchmark.running.engine import EpochDone, Event, TrialFinished, TrialStarted
from benchmark.running.job import Job
from benchmark.running.process import SupervisedProcess

STARTUP_SECONDS = 120.0
"""Seconds allowed for starting the worker and loading the framework, in addition to the time limit of a trial."""

WorkerKey = tuple[str, int, int | None]
"""The properties with which a worker is started: framework, threads, number of the GPU or None."""


def worker_key(job: Job) -> WorkerKey:
    """Return the properties that a worker needs to run a job."""
    return job.trial.framework, job.trial.threads, job.gpu


class TrialProcess:
    """One worker process. It runs one job at a time, and every job sent to it ends with an outcome.

    Attributes
    ----------
    key : tuple
        The properties with which it was started.
    job : Job or None
        The job that it runs; None if it is idle.
    gone : bool
        Whether it can take no further job.
    """

    def __init__(self, key: WorkerKey) -> None:
        framework, threads, gpu = key
        self.key = key
        self.job: Job | None = None
        self.gone = False
        self._curves: list[EpochReport] = []
        self._sent_at = 0.0
        self._started_at: float | None = None
        self._peak_mib = 0.0
        self._origin: Mapping[str, Any] = {}
        self._process = SupervisedProcess(
            "benchmark.running.worker", framework, threads=threads, gpu=gpu, arguments=[f"--framework={framework}"]
        )

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when bytes for `listen` have arrived."""
        return self._process.fileno()

    def start(self, job: Job) -> None:
        """Send a job; `listen` yields its events."""
        self.job, self._curves = job, []
        self._sent_at, self._started_at, self._peak_mib = time.monotonic(), None, 0.0
        self._process.output.clear()
        self._process.send({"type": "job", "job": to_plain(job)})

    def listen(self) -> Iterator[Event]:
        """Yield the events since the last call, without waiting; if the process has ended, also its job's outcome."""
        try:
            for header, payload in self._process.receive():
                yield from self._events(header, payload)
        except (KeyError, TypeError, ValueError) as error:
            self.gone = True
            if self.job is not None:
                message = f"the worker sent an invalid message: {type(error).__name__}: {error}"
                yield TrialFinished(self._fault("killed", "ContractBroken", message))
            return
        if self._process.gone:
            self.gone = True
            if self.job is not None:
                yield TrialFinished(self._fault("killed", "WorkerDied", self._process.exit_reason()))

    def check_limits(self, timeout: float | None, memory_limit_mib: float | None) -> Iterator[Event]:
        """Yield the outcome of a job that exceeds its time or memory limit; the process must then be closed."""
        if self.job is None:
            return
        used = self._process.resident_mib()
        self._peak_mib = max(self._peak_mib, used)
        # The time of a trial starts when its framework is loaded; loading has a separate limit.
        since = self._sent_at + STARTUP_SECONDS if self._started_at is None else self._started_at
        if timeout is not None and time.monotonic() - since > timeout:
            self.gone = True
            yield TrialFinished(self._fault("timeout", "TimedOut", f"stopped after {timeout:g} seconds (--timeout)"))
        elif memory_limit_mib is not None and used > memory_limit_mib:
            self.gone = True
            message = f"stopped at {used:.0f} MiB of resident memory (--memory-limit {memory_limit_mib:g})"
            yield TrialFinished(self._fault("out_of_memory", "MemoryLimit", message))

    def close(self, *, kill: bool = False) -> None:
        """End the process by closing its channel; kill it if that does not end it, or at once if `kill` is set."""
        self.gone = True
        self._process.close(kill=kill)

    def _events(self, header: dict[str, Any], payload: bytes) -> Iterator[Event]:
        if header["type"] == "hello":
            if header.get("protocol") != wire.PROTOCOL:
                raise ValueError(f"the worker uses protocol {header.get('protocol')}, this is {wire.PROTOCOL}")
            self._origin = dict(header["origin"])
            return
        if self.job is None or header["id"] != self.job.trial.id:
            raise ValueError(f"{header['type']!r} for a trial that it does not run")
        if header["type"] == "started":
            self._started_at = time.monotonic()
            yield TrialStarted(self.job.trial)
        elif header["type"] == "epoch":
            report = from_plain(header["report"], EpochReport)
            self._curves.append(report)
            yield EpochDone(self.job.trial, report)
        else:
            outcome = outcome_from_plain(header["outcome"], unpack_arrays(payload))
            self.job = None
            yield TrialFinished(outcome)

    def _fault(self, status: str, error_type: str, message: str) -> Outcome:
        """Return the outcome of the job that this process did not finish."""
        assert self.job is not None
        job, self.job = self.job, None
        since = self._sent_at if self._started_at is None else self._started_at
        return Outcome(
            trial=job.trial,
            status=status,
            source=job.source,
            task=job.task,
            error_type=error_type,
            message=message,
            last_lines=self._process.output.text(),
            curves=tuple(self._curves),
            provenance={**job.origin, **self._origin},
            cost=Cost(wall_seconds=time.monotonic() - since, peak_memory_mib=self._peak_mib or None),
        )
