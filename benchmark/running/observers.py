"""The observers of the core."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.hooks import hookimpl
from benchmark.interfaces.observer import Observer
from benchmark.interfaces.specs import ObserverSpec
from benchmark.results.codec import to_plain

if TYPE_CHECKING:
    from benchmark.interfaces.detector import EpochReport
    from benchmark.interfaces.outcome import Outcome
    from benchmark.interfaces.trial import Trial


class JsonLines(Observer):
    """Appends one JSON object a line to a file: every event of a run, for other programs to read."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise InvalidRequest(f"observer 'jsonl' cannot write {path}: {error.strerror}") from None

    def run_started(self, trials: Sequence[Trial]) -> None:
        """Write the number of trials."""
        self._write("run_started", trials=len(trials))

    def trial_started(self, trial: Trial) -> None:
        """Write the whole trial."""
        self._write("trial_started", id=trial.id, trial=trial.to_plain())

    def epoch(self, trial: Trial, report: EpochReport) -> None:
        """Write the losses and the measurements."""
        self._write("epoch", id=trial.id, **to_plain(report))

    def trial_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Write the status and the metrics."""
        metrics = {rule: {name: m.value for name, m in values.items()} for rule, values in outcome.metrics.items()}
        self._write(
            "trial_finished", id=trial.id, status=outcome.status, message=outcome.message, metrics=metrics,
            cost=dataclasses.asdict(outcome.cost),
        )  # fmt: skip

    def run_finished(self) -> None:
        """Close the file."""
        self._write("run_finished")
        self._file.close()

    def _write(self, event: str, **fields: Any) -> None:
        self._file.write(json.dumps({"event": event, **fields}) + "\n")
        self._file.flush()


def _build_json_lines(argument: str) -> Observer:
    if not argument:
        raise InvalidRequest("observer 'jsonl' needs a file: --observer jsonl=run.jsonl")
    return JsonLines(Path(argument))


SPECS = (
    ObserverSpec(
        name="jsonl",
        summary="Appends every event of a run to a file, one JSON object a line: --observer jsonl=FILE.",
        build=_build_json_lines,
    ),
)


@hookimpl
def bench_observers() -> list[ObserverSpec]:
    """Offer the observers above."""
    return list(SPECS)
