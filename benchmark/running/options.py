"""How trials are run on this machine. No option changes the id of a trial."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.interfaces.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How trials are run.

    Attributes
    ----------
    workers : int or None
        Worker processes; None: as many as the cores allow with the threads of a trial.
    in_order : bool
        One worker, and the trials in the order of the request instead of the longest first: the engine `serial`.
    timeout : float or None
        Time limit of a trial, in seconds.
    memory_limit_mib : float or None
        Limit of the resident memory of a worker, in MiB.
    force : bool
        Also run trials that the store already has.
    trust_version : bool
        Do not run a trial again if only the code of the detector has changed, and not its version.
    """

    workers: int | None = None
    in_order: bool = False
    timeout: float | None = None
    memory_limit_mib: float | None = None
    force: bool = False
    trust_version: bool = False

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise InvalidRequest(f"a run needs at least one worker; not {self.workers}")
        for what, limit in (("a time limit", self.timeout), ("a memory limit", self.memory_limit_mib)):
            if limit is not None and not (isinstance(limit, (int, float)) and limit > 0):
                raise InvalidRequest(f"{what} must be a number above 0; not {limit!r}")
