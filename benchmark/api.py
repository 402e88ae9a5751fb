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
>>> folder.cleanup()
"""

from __future__ import annotations

import logging
import operator
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from benchmark.choices import detector_choices
from benchmark.execution import Means, observers_of, to_run
from benchmark.frameworks import resolve_device
from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.observer import Observer
from benchmark.progress import run_progress, told_of_fetching
from benchmark.protocol import DatasetChoice, Request, plan
from benchmark.registry import registry
from benchmark.report.assemble import board_of
from benchmark.report.board import Board
from benchmark.store import Store
from benchmark.trial import Outcome

__all__ = ["board", "outcomes", "records", "run"]

Place: TypeAlias = str | os.PathLike[str]

log = logging.getLogger(__name__)


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
    """Train and judge detectors as `bench run` does, and return the outcomes of what was asked.

    What the store already has is not run again. Trials run in processes of their own, so a script needs no
    `if __name__ == "__main__"`.

    Parameters
    ----------
    detectors, datasets : str or sequence of str
        By name.
    params : mapping, or sequence of mappings
        Parameters of the detectors, off their preset; several mappings are several settings of each. A key
        `DETECTOR.KEY` is one detector's alone.
    classes : str, int, or sequence of them
        The normal classes, as names, indices or `0-9`; none: all.
    seeds : int or sequence of int
        How many, from 0; or which.
    data_options : mapping, optional
        Options of the datasets.
    validation : float, optional
        Share of the training images that is held out; None: 0.1, and 0 under a preset `paper`.
    validation_only : bool
        Judge on the held-out images and see no test image.
    workers : int, optional
        How many processes; None: as many as there are cores for.
    timeout, memory_limit_mib : float, optional
        Seconds and MiB that a trial may take.
    force, trust_version : bool
        Run again what is there; keep what another source of the same version has made.
    observers : Observer, str, or sequence of them
        Told what happens: values of your own, or names as `--observer` takes them.
    store : path
        The file that keeps the outcomes; made if it is not there.
    scores : bool
        Return the outcomes with their scores.
    quiet : bool
        No progress on stderr.

    Returns
    -------
    list of Outcome
        By dataset, detector, seed, class. One that went wrong is among them: its `status` is not `ok`.

    Raises
    ------
    BenchError
        If what is asked does not exist, is out of bounds or contradicts itself; with the sentence that `bench` prints.
    KeyboardInterrupt
        At Ctrl-C. What is done is in the store, and the same call goes on from there.
    """
    known = registry()
    known.forget_sources()
    names = dict.fromkeys(_several(detectors))
    settings = _several(params) or [{}]
    if odd := [values for values in settings if not isinstance(values, Mapping)]:
        raise InvalidRequest(f"params: a mapping such as {{'latent_dim': 8}}, or several; not {odd[0]!r}")
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
    means = Means(
        workers=None if workers is None else _whole("workers", workers),
        timeout=timeout,
        memory_limit_mib=memory_limit_mib,
        force=force,
        trust_version=trust_version,
    )
    with told_of_fetching(quiet=quiet):
        jobs = plan(request, known)
    watching: dict[str, Observer] = {} if quiet else {"progress": run_progress()}
    for number, observer in enumerate(_several(observers)):
        watching |= observers_of(known, [observer]) if isinstance(observer, str) else {f"number {number}": observer}
    with Store(Path(store), create=True) as kept:
        todo, runner = to_run(jobs, kept, means, observers=watching, complain=log.warning)
        if todo.missing:
            runner.run(todo)
        latest = kept.latest([job.trial for job in jobs])
        return [kept.attempt(latest[job.trial.id].uid, scores=scores) for job in jobs]


def outcomes(store: Place, *, dataset: str | None = None, scores: bool = False) -> Iterator[Outcome]:
    """Return the outcomes that a store keeps, oldest first: the latest of every trial under each source.

    Parameters
    ----------
    store : path
        As `bench run` made it.
    dataset : str, optional
        Its outcomes alone.
    scores : bool
        With their scores: `outcome.judged` are those that the metrics are computed on, `outcome.sets` are all.

    Returns
    -------
    iterator of Outcome
        One is read at a time, so that the scores of a large store need no memory; `list(...)` keeps them all.

    Raises
    ------
    BenchError
        If there is no store, or the file is none.
    """
    path = Path(store)
    with Store(path) as kept:
        uids = [outcome.uid for outcome in kept.outcomes(dataset)]
    return _each(path, uids, scores=scores)


def _each(path: Path, uids: Sequence[str], *, scores: bool) -> Iterator[Outcome]:
    with Store(path) as kept:
        for uid in uids:
            yield kept.attempt(uid, scores=scores)


def records(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return a flat row of plain values for each outcome and rule, as `pandas.DataFrame` takes them.

    The columns: what tells the trials apart, each parameter (`params.KEY`), the cost, and each metric with its standard
    error (`NAME_se`). An outcome that has no number is a row for its primary rule.
    """
    rows = []
    for outcome in outcomes:
        trial, cost = outcome.trial, outcome.cost
        for rule in [name for name in trial.rules if name in outcome.metrics] or trial.rules[:1]:
            row = {"trial": trial.id, "detector": trial.detector, "dataset": trial.dataset, "task": trial.task,
                   "seed": trial.seed, "judged_on": trial.judged_on, "rule": rule, "status": outcome.status,
                   "fit_seconds": cost.fit_seconds, "score_seconds": cost.score_seconds}  # fmt: skip
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
    """Return the ranking on a dataset, as `bench leaderboard` shows it; `print` shows it as markdown.

    Parameters
    ----------
    store : path
        As `bench run` made it.
    metric : str
        What to rank by.
    rules : bool
        A row for each rule, not only for the primary one.
    validation : bool
        The runs that were judged on held-out images, which stand apart.
    oracle : bool
        With a section of what test labels choose in each sweep.
    ledger : path, optional
        Published numbers of your own.

    Raises
    ------
    BenchError
        If the store has nothing for such a board.
    """
    if oracle and validation:
        raise InvalidRequest("oracle chooses with test labels; validation is for choosing without: take one")
    with Store(Path(store)) as kept:
        return board_of(
            kept,
            registry(),
            dataset,
            metric,
            rules=rules,
            validation=validation,
            oracle=oracle,
            ledger_path=None if ledger is None else Path(ledger),
        )


def _several(values: Any) -> list[Any]:
    """Return what is one value or several as a list."""
    return list(values) if isinstance(values, Iterable) and not isinstance(values, str | Mapping) else [values]


def _seeds(seeds: int | Sequence[int]) -> Iterable[int]:
    if isinstance(seeds, Iterable) and not isinstance(seeds, str):
        return [_whole("a seed", seed) for seed in seeds]
    return range(_whole("seeds", seeds))


def _whole(what: str, value: Any) -> int:
    """Return a whole number as Python's own: NumPy's are no plain values, and would be another trial's."""
    try:
        return operator.index(value)
    except TypeError:
        raise InvalidRequest(f"{what}: a whole number is needed; not {value!r}") from None
