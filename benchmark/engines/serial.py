"""The engine `serial`: one trial at a time, in one child process, a new one when the framework changes."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Generator, Sequence

from benchmark.engines import Event, TrialFinished
from benchmark.engines.child import Child, WorkerDied
from benchmark.trial import DatasetFacts, Outcome, Trial

__all__ = ["SerialEngine"]


class SerialEngine:
    """Runs trials in the order given.

    Parameters
    ----------
    describe : callable
        trial -> (source, facts of its dataset): what the outcome of a dead worker still tells.
    """

    def __init__(self, describe: Callable[[Trial], tuple[str, DatasetFacts]]) -> None:
        self._describe = describe

    def run(self, trials: Sequence[Trial]) -> Generator[Event]:
        """Yield events until every trial has finished."""
        child: Child | None = None
        serves: tuple[str, int, str] | None = None
        finished = False
        try:
            for trial in trials:
                needs = (trial.framework, trial.threads, trial.device)
                if child is None or serves != needs:
                    if child is not None:
                        child.close()
                    child, serves = Child(trial.framework, threads=trial.threads, device=trial.device), needs
                try:
                    yield from child.run(trial)
                except WorkerDied as death:
                    outcome = self._outcome_of_death(trial, str(death), child.last_lines)
                    child.close(kill=True)
                    child = None
                    yield TrialFinished(outcome)
            finished = True
        finally:
            if child is not None:
                child.close(kill=not finished)

    def _outcome_of_death(self, trial: Trial, message: str, last_lines: str) -> Outcome:
        source, facts = self._describe(trial)
        return Outcome(
            trial=trial,
            status="killed",
            source=source,
            error_type="WorkerDied",
            message=message,
            last_lines=last_lines,
            dataset=facts,
            finished_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        )
