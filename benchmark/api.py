"""Runs, outcomes and boards from Python: what `bench` does, as values.

Examples
--------
>>> import benchmark, tempfile
>>> folder = tempfile.TemporaryDirectory()
>>> store = f"{folder.name}/bench.db"
>>> zero, one = benchmark.run("pca", "digits", classes="0,1", store=store, quiet=True)
>>> zero.status, zero.trial.rules
('ok', ('reconstruction',))
>>> zero.metrics["reconstruction"]["roc_auc"].value > 0.9
True
>>> [(row["task"], row["seed"], row["roc_auc"] > 0.9) for row in benchmark.records([zero, one])]
[('0', 0, True), ('1', 0, True)]
>>> for outcome in benchmark.outcomes(store, scores=True):
...     y, scores = outcome.judged.y, outcome.judged.of("reconstruction")
...     print(scores[y].mean() > scores[~y].mean())
True
True
>>> benchmark.board(store, "digits").rows[0].detector
'pca'
>>> print(benchmark.render(benchmark.board(store, "digits"), "csv").split(",")[:3])
['metric', 'rank', 'rank_low']
>>> folder.cleanup()
"""

from __future__ import annotations

import dataclasses
import operator
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.observer import Observer
from benchmark.interfaces.outcome import Outcome
from benchmark.registry import registry
from benchmark.reports.board import Board
from benchmark.reports.document import Report
from benchmark.reports.leaderboard import BoardRequest, board_of, leaderboard_report
from benchmark.reports.protocol import newest_protocol
from benchmark.reports.render import render as render_report
from benchmark.results import Store
from benchmark.running.device import resolve_device
from benchmark.running.execute import Watch, execute, named_observers
from benchmark.running.grid import detector_choices
from benchmark.running.options import RunOptions
from benchmark.running.plan import plan
from benchmark.running.progress import log_downloads, run_progress
from benchmark.running.request import DatasetChoice, Request

__all__ = ["board", "outcomes", "records", "render", "run"]

Place: TypeAlias = str | os.PathLike[str]


def run(
    detectors: str | Sequence[str],
    datasets: str | Sequence[str] = "digits",
    *,
    params: Mapping[str, Any] | Sequence[Mapping[str, Any]] = (),
    preset: str = "fast",
    classes: str | int | Sequence[str | int] = "",
    seeds: int | Sequence[int] = 1,
    data_options: Mapping[str, Any] | None = None,
    validation: float | None = None,
    validation_only: bool = False,
    threads: int = 1,
    device: str = "cpu",
    workers: int | None = None,
    timeout: float | None = None,
    memory_limit_mib: float | None = None,
    force: bool = False,
    trust_version: bool = False,
    observers: Observer | str | Sequence[Observer | str] = (),
    store: Place = "results/bench.db",
    scores: bool = False,
    quiet: bool = False,
) -> list[Outcome]:
    """Train and test detectors as `bench run` does, and return the outcomes.

    Trials that the store already has are not run again. Trials run in worker processes; a script needs no
    `if __name__ == "__main__"`.

    Parameters
    ----------
    detectors, datasets : str or sequence of str
        By name.
    params : mapping, or sequence of mappings
        Parameters that replace those of the preset; each mapping is one setting. A key `DETECTOR.KEY` applies to one
        detector only.
    classes : str, int, or sequence of them
        The normal classes, as names, indices or `0-9`; none: all.
    seeds : int or sequence of int
        How many, from 0; or which.
    data_options : mapping, optional
        Options of the datasets.
    validation : float, optional
        Share of the training images that is held out; None: 0.1, and 0 under a preset `paper`.
    validation_only : bool
        Measure on the held-out images and use no test image.
    workers : int, optional
        How many processes; None: as many as the cores allow.
    timeout, memory_limit_mib : float, optional
        Seconds and MiB per trial.
    force, trust_version : bool
        Run trials again that the store has; do not rerun trials if only the detector's code changed.
    observers : Observer, str, or sequence of them
        Objects that receive the events of the run, or names as `--observer` takes them.
    store : path
        The file with the outcomes; created if it does not exist.
    scores : bool
        Return the outcomes with their scores.
    quiet : bool
        No progress on stderr.

    Returns
    -------
    list of Outcome
        By dataset, detector, seed, class; failed ones too: their `status` is not `ok`.

    Raises
    ------
    BenchError
        If the request is invalid; with the message that `bench` prints.
    KeyboardInterrupt
        At Ctrl-C. Finished trials are in the store, and the same call continues from there.
    """
    known = registry()
    known.forget_sources()
    names = dict.fromkeys(_several(detectors))
    settings = _several(params) or [{}]
    if rejected := [values for values in settings if not isinstance(values, Mapping)]:
        raise InvalidRequest(f"params: a mapping such as {{'latent_dim': 8}}, or several; not {rejected[0]!r}")
    if not isinstance(classes, str | int) and not list(classes):
        raise InvalidRequest("classes: at least one; leave the argument out for all")
    request = Request(
        detectors=tuple(
            choice
            for values in settings
            for choice in detector_choices(tuple(names), preset, {key: [value] for key, value in values.items()})
        ),
        datasets=tuple(
            DatasetChoice(name=name, values=data_options or {}) for name in dict.fromkeys(_several(datasets))
        ),
        classes=",".join(str(one) for one in _several(classes)),
        seeds=tuple(dict.fromkeys(_seeds(seeds))),
        validation=validation,
        validation_only=bool(validation_only),
        threads=_whole("threads", threads),
        gpu=resolve_device(device),
    )
    options = RunOptions(
        workers=None if workers is None else _whole("workers", workers),
        timeout=timeout,
        memory_limit_mib=memory_limit_mib,
        force=force,
        trust_version=trust_version,
    )
    with log_downloads(quiet=quiet):
        jobs = plan(request, known)
    watch = Watch(observers=_named(observers, {} if quiet else {"progress": run_progress()}))
    with Store(Path(store), create=True) as opened:
        attempts = execute(jobs, opened, options, watch)
        return [opened.attempt(attempts[job.trial.id].uid, scores=scores) for job in jobs]


def outcomes(store: Place, *, dataset: str | None = None, scores: bool = False) -> Iterator[Outcome]:
    """Return the stored outcomes, oldest first: the latest of every trial for each source of its detector.

    Parameters
    ----------
    store : path
        As `bench run` made it.
    dataset : str, optional
        Only outcomes on this dataset.
    scores : bool
        Whether to read the scores: `outcome.judged` are those that the metrics are computed on, `outcome.sets` are all.

    Returns
    -------
    iterator of Outcome
        Outcomes are read one at a time, so that a large store needs little memory; `list(...)` keeps all of them.

    Raises
    ------
    BenchError
        If there is no such file, or it is not a store.
    """
    path = Path(store)
    with Store(path) as opened:
        uids = [outcome.uid for outcome in opened.outcomes(dataset)]
    return _each(path, uids, scores=scores)


def _each(path: Path, uids: Sequence[str], *, scores: bool) -> Iterator[Outcome]:
    with Store(path) as opened:
        for uid in uids:
            yield opened.attempt(uid, scores=scores)


def records(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return a flat row of plain values for each outcome and rule, as `pandas.DataFrame` takes them.

    The columns: what identifies the trial, each parameter (`params.KEY`), the cost, and each metric with its standard
    error (`NAME_se`). An outcome that has no number is a row for its primary rule. Of several protocol versions
    (`semantics`) only the newest is returned, since their numbers are not comparable; a warning counts the others.
    """
    # Without scores, so that those of a large store are not all in memory.
    shown, older = newest_protocol(dataclasses.replace(outcome, sets={}) for outcome in outcomes)
    for note in older:
        warnings.warn(note, stacklevel=2)
    rows = []
    for outcome in shown:
        trial, cost = outcome.trial, outcome.cost
        for rule in [name for name in trial.rules if name in outcome.metrics] or [trial.primary_rule]:
            row: dict[str, Any] = {
                "trial": trial.id,
                "detector": trial.detector,
                "dataset": trial.dataset,
                "task": trial.task,
                "seed": trial.seed,
                "judged_on": trial.judged_on,
                "semantics": trial.semantics,
                "rule": rule,
                "status": outcome.status,
                "fit_seconds": cost.fit_seconds,
                "score_seconds": cost.score_seconds,
                "fit_cpu_seconds": cost.fit_cpu_seconds,
                "score_cpu_seconds": cost.score_cpu_seconds,
            }
            row |= {f"params.{name}": value for name, value in trial.params.items()}
            for name, measure in outcome.metrics.get(rule, {}).items():
                row |= {name: measure.value, f"{name}_se": measure.standard_error}
            rows.append(row)
    return rows


def board(
    store: Place,
    dataset: str,
    *,
    metric: str = "roc_auc",
    rules: bool = False,
    validation: bool = False,
    oracle: bool = False,
    ledger: Place | None = None,
) -> Board:
    """Return the ranking on a dataset, as `bench leaderboard` shows it.

    `print` shows its first rows; `render` returns all of it in any format.

    Parameters
    ----------
    store : path
        As `bench run` made it.
    metric : str
        What to rank by.
    rules : bool
        Rank every rule of a detector, not only the primary one.
    validation : bool
        Only the runs measured on held-out images.
    oracle : bool
        Add a row for each sweep, with the parameters chosen by test labels.
    ledger : path, optional
        Your own file of published numbers.

    Raises
    ------
    BenchError
        If the store has no outcome for such a board.
    """
    if oracle and validation:
        raise InvalidRequest("oracle uses test labels and validation excludes test images; give only one of them")
    request = BoardRequest(
        dataset=dataset,
        metric=metric,
        rules=rules,
        validation=validation,
        oracle=oracle,
        ledger_path=None if ledger is None else Path(ledger),
    )
    with Store(Path(store)) as opened:
        return board_of(opened, registry(), request)


def render(report: Board | Report, form: str = "markdown") -> str:
    """Return a board, or another report, as text.

    Parameters
    ----------
    form : str
        `markdown`, `terminal`, `latex`, `html`, `csv` or `json`.

    Raises
    ------
    BenchError
        If there is no such format.
    """
    return render_report(leaderboard_report(report) if isinstance(report, Board) else report, form)


def _named(observers: Observer | str | Sequence[Observer | str], first: dict[str, Observer]) -> dict[str, Observer]:
    """Return observers by name, those in `first` before the others."""
    named = dict(first)
    for number, observer in enumerate(_several(observers)):
        named |= (
            named_observers(registry(), [observer]) if isinstance(observer, str) else {f"number {number}": observer}
        )
    return named


def _several(values: Any) -> list[Any]:
    """Return one value or several as a list."""
    return list(values) if isinstance(values, Iterable) and not isinstance(values, str | Mapping) else [values]


def _seeds(seeds: int | Sequence[int]) -> Iterable[int]:
    if isinstance(seeds, Iterable) and not isinstance(seeds, str):
        return [_whole("a seed", seed) for seed in seeds]
    return range(_whole("seeds", seeds))


def _whole(what: str, value: Any) -> int:
    """Return a whole number as an int: NumPy's integers are not plain values and would change the trial's id."""
    try:
        return operator.index(value)
    except TypeError:
        raise InvalidRequest(f"{what}: a whole number is needed; not {value!r}") from None
