"""The store: one SQLite file, one transaction for each outcome; nothing is deleted."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.interfaces.errors import StoreError, UnknownName
from benchmark.interfaces.outcome import Measure, Outcome, ScoredSet
from benchmark.interfaces.trial import Trial
from benchmark.results.claims import Run, is_alive
from benchmark.results.codec import outcome_from_plain, outcome_to_plain, pack_arrays, scored_set, unpack_arrays
from benchmark.results.connection import connect, copy_of, may_write, prepare, transaction

MIN_PREFIX = 4

_LATEST = """attempt IN (
    SELECT attempt FROM (
        SELECT attempt, row_number() OVER (PARTITION BY {by} ORDER BY finished_at DESC, attempt DESC) AS age
        FROM outcomes {where}
    ) WHERE age = 1
)"""


_FIELDS = tuple(field.name for field in dataclasses.fields(Measure))
"""The columns of the table of metrics after attempt, rule and metric."""

_MEASURE = ", ".join("?" * (3 + len(_FIELDS)))


@dataclass(frozen=True, slots=True)
class Attempt:
    """The fields of a trial's latest attempt that a run needs."""

    uid: str
    status: str
    source: str


class Store:
    """Outcomes by trial, and the trials that runs have claimed.

    Use it as a context manager, or call `close`.

    Parameters
    ----------
    path : Path
        The file. With `create`, it and its folder are created if they do not exist.

    Raises
    ------
    StoreError
        If the file is missing, not a store, newer or damaged, or its folder cannot be written.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        if not create and not path.is_file():
            raise StoreError(f"there is no store at {path}; `bench run` creates it, --store chooses another")
        if create:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(
                    f"the folder {path.parent} cannot be created: {error.strerror}; choose another with --store"
                ) from None
        self.file = file = path.resolve()  # the files of SQLite are next to the store, not next to a link to it
        self._writable = create or may_write(file)
        # A read-only file is read without its log; if data are only in the log, a copy of both is read.
        self._copy = None if self._writable else copy_of(path, file)
        with self._sentences():
            if self._copy is None:
                self._connection = connect(file, writable=self._writable)
            else:
                self._connection = connect(Path(self._copy.name) / file.name, writable=True)
        try:
            with self._sentences():
                prepare(self._connection, path, create=create)
        except (ValueError, KeyError, TypeError) as error:  # facts that a migration cannot read
            self.close()
            raise self._damaged(error) from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        if self._copy is not None:
            self._copy.cleanup()

    def add(self, outcome: Outcome) -> None:
        """Store an outcome as the latest attempt of its trial, completely or not at all; it may be added twice."""
        plain, arrays = outcome_to_plain(outcome)
        del plain["metrics"]
        trial = outcome.trial
        with self._sentences(), transaction(self._connection) as connection:
            if connection.execute("SELECT 1 FROM outcomes WHERE uid = ?", (outcome.uid,)).fetchone():
                return
            attempt = connection.execute(
                "INSERT INTO outcomes"
                " (uid, trial_id, detector, dataset, task, seed, status, source, finished_at, facts)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (outcome.uid, trial.id, trial.detector, trial.dataset, trial.task, trial.seed, outcome.status,
                 outcome.source, outcome.finished_at, json.dumps(plain)),
            ).lastrowid  # fmt: skip
            connection.executemany(
                f"INSERT INTO metrics VALUES ({_MEASURE})",
                [
                    (attempt, rule, name, *dataclasses.astuple(measure))
                    for rule, measures in outcome.metrics.items()
                    for name, measure in measures.items()
                ],
            )
            connection.execute("INSERT INTO scores VALUES (?, ?)", (attempt, pack_arrays(arrays)))
            connection.execute("DELETE FROM claims WHERE trial_id = ?", (trial.id,))

    def latest(self, trials: Iterable[Trial]) -> dict[str, Attempt]:
        """Return trial id -> latest attempt, for the trials that have one."""
        attempts = {}
        with self._sentences():
            for trial in trials:
                row = self._connection.execute(
                    "SELECT uid, status, source FROM outcomes WHERE trial_id = ?"
                    " ORDER BY finished_at DESC, attempt DESC LIMIT 1",
                    (trial.id,),
                ).fetchone()
                if row is not None:
                    attempts[trial.id] = Attempt(*row)
        return attempts

    def claim(self, trial: Trial, run: Run, *, known: str) -> bool:
        """Return whether a run may start a trial: no live run has claimed it, and there is no newer attempt.

        Parameters
        ----------
        known : str
            The uid of the latest attempt when the run began; empty for none.
        """
        with self._sentences(), transaction(self._connection) as connection:
            latest = self.latest([trial]).get(trial.id)
            if latest is not None and latest.uid != known:
                return False
            row = connection.execute("SELECT owner FROM claims WHERE trial_id = ?", (trial.id,)).fetchone()
            if row is not None and row[0] != run.name and is_alive(self.file, row[0]):
                return False
            connection.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (trial.id, run.name))
        return True

    def release(self, run: Run) -> None:
        """Release the trials that a run has claimed."""
        with self._sentences(), transaction(self._connection) as connection:
            connection.execute("DELETE FROM claims WHERE owner = ?", (run.name,))

    def outcomes(self, dataset: str | None = None) -> list[Outcome]:
        """Return the latest outcome of every trial under each source, oldest first, without scores and curves."""
        where = "" if dataset is None else "WHERE dataset = ?"
        return self._read(_LATEST.format(by="trial_id, source", where=where), () if dataset is None else (dataset,))

    def repeated(self, dataset: str) -> list[Outcome]:
        """Return all attempts of the trials that were run more than once, oldest first, without scores and curves."""
        where = "SELECT trial_id FROM outcomes WHERE dataset = ? GROUP BY trial_id HAVING count(*) > 1"
        return self._read(f"trial_id IN ({where})", (dataset,))

    def outcome(self, prefix: str) -> Outcome:
        """Return the latest outcome of the one trial whose id begins with `prefix`, with its scores.

        Raises
        ------
        UnknownName
            If no trial's id has this prefix, or several have.
        """
        with self._sentences():
            ids = [
                row[0]
                for row in self._connection.execute(
                    "SELECT DISTINCT trial_id FROM outcomes WHERE substr(trial_id, 1, ?) = ? ORDER BY trial_id LIMIT 6",
                    (len(prefix), prefix),
                )
            ]
        if not ids or len(prefix) < MIN_PREFIX:
            raise UnknownName(
                f"no trial in {self.path} has an id that begins with {prefix!r}; give at least {MIN_PREFIX} characters"
            )
        if len(ids) > 1:
            raise UnknownName(f"more than one trial's id begins with {prefix!r}: {', '.join(i[:12] for i in ids)}")
        return self._read(
            _LATEST.format(by="trial_id", where="WHERE trial_id = ?"), (ids[0],), curves=True, scores=True
        )[0]

    def attempt(self, uid: str, *, scores: bool = False) -> Outcome:
        """Return one attempt, with its curves, and with its scores if requested.

        Raises
        ------
        UnknownName
            If there is no such attempt.
        """
        outcomes = self._read("uid = ?", (uid,), curves=True, scores=scores)
        if not outcomes:
            raise UnknownName(f"no attempt in {self.path} has the uid {uid!r}")
        return outcomes[0]

    def scores(self, uid: str, of: str) -> ScoredSet | None:
        """Return the scores of one set of an attempt; None if there is no such attempt, or it has no scores.

        Raises
        ------
        StoreError
            If they are damaged.
        """
        with self._sentences():
            row = self._connection.execute(
                "SELECT attempt, json_extract(facts, ?) FROM outcomes WHERE uid = ?", (f"$.sets.{of}", uid)
            ).fetchone()
            arrays = self._arrays(row[0]) if row is not None and row[1] is not None else {}
        if f"{of}.scores" not in arrays:
            return None
        try:
            return scored_set(arrays, of, json.loads(row[1]))
        except (ValueError, TypeError) as error:
            raise self._scores_damaged(error) from None

    def check_writable(self) -> None:
        """Raise StoreError if this store cannot be written."""
        if not self._writable:
            raise StoreError(
                f"the store {self.path} cannot be written: it or its folder is read-only; copy it, and choose the copy"
                " with --store"
            )

    def add_measures(self, uid: str, metrics: Mapping[str, Mapping[str, Measure]]) -> None:
        """Store metrics of an attempt, replacing those of the same names: all of them or none.

        Parameters
        ----------
        metrics : mapping
            Rule -> metric -> Measure.
        """
        self.check_writable()
        with self._sentences(), transaction(self._connection) as connection:
            row = connection.execute("SELECT attempt FROM outcomes WHERE uid = ?", (uid,)).fetchone()
            if row is None:
                raise UnknownName(f"no attempt in {self.path} has the uid {uid!r}")
            connection.executemany(
                f"INSERT OR REPLACE INTO metrics VALUES ({_MEASURE})",
                [
                    (row[0], rule, name, *dataclasses.astuple(measure))
                    for rule, measures in metrics.items()
                    for name, measure in measures.items()
                ],
            )

    def durations(self) -> dict[tuple[str, str, str], float]:
        """Return (detector, dataset, task) -> mean seconds of its trials, and (detector, "", "") -> of them all."""
        seconds = " + ".join(f"ifnull(json_extract(facts, '$.cost.{name}_seconds'), 0)" for name in ("fit", "score"))
        columns = f"avg({seconds}) FROM outcomes WHERE status = 'ok'"
        with self._sentences():
            rows = [
                *self._connection.execute(f"SELECT detector, dataset, task, {columns} GROUP BY 1, 2, 3"),
                *self._connection.execute(f"SELECT detector, '', '', {columns} GROUP BY 1"),
            ]
        return {(detector, dataset, task): mean for detector, dataset, task, mean in rows}

    def datasets(self) -> list[str]:
        """Return the names of the datasets with outcomes."""
        with self._sentences():
            return [row[0] for row in self._connection.execute("SELECT DISTINCT dataset FROM outcomes ORDER BY 1")]

    def _read(
        self, where: str, values: tuple[Any, ...], *, curves: bool = False, scores: bool = False
    ) -> list[Outcome]:
        # Nine tenths of the facts are curves; SQLite drops them faster than Python reads them.
        column = "facts" if curves else "json_remove(facts, '$.curves')"
        with self._sentences(), _without_collector(), self._snapshot():
            metrics: dict[int, dict[str, dict[str, Any]]] = {}
            for attempt, rule, name, *measure in self._connection.execute(
                f"SELECT m.* FROM metrics m JOIN outcomes USING (attempt) WHERE {where}", values
            ):
                plain = dict(zip(_FIELDS, measure, strict=True))
                metrics.setdefault(attempt, {}).setdefault(rule, {})[name] = plain
            outcomes = []
            for attempt, facts in self._connection.execute(
                f"SELECT attempt, {column} FROM outcomes WHERE {where} ORDER BY finished_at, attempt", values
            ):
                arrays = self._arrays(attempt) if scores else {}
                try:
                    plain = {"curves": (), **json.loads(facts), "metrics": metrics.get(attempt, {})}
                    outcomes.append(outcome_from_plain(plain, arrays))
                except (ValueError, KeyError, TypeError) as error:
                    raise self._damaged(error) from None
        return outcomes

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Read from one state of the store, although other processes may add outcomes."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")  # nothing was written

    def _arrays(self, attempt: int) -> dict[str, Any]:
        row = self._connection.execute("SELECT arrays FROM scores WHERE attempt = ?", (attempt,)).fetchone()
        if row is None:
            return {}
        try:
            return unpack_arrays(row[0])
        except Exception as error:  # noqa: BLE001 - zip, zlib and numpy raise different errors for damaged bytes
            raise self._scores_damaged(error) from None

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        """Raise an error of SQLite as a StoreError that names the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(f"the store {self.path} cannot be used: {error}; choose another with --store") from None
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise  # an IntegrityError and its like are errors of this program, not of the file
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> StoreError:
        return StoreError(
            f"{self.path} is damaged or not a store ({error}); move it away, or choose another with --store"
        )

    def _scores_damaged(self, error: Exception) -> StoreError:
        return StoreError(f"scores in {self.path} are damaged ({error}); compute them again with: bench run --force")


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the garbage collector while many values are created: this triggers repeated full scans."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()  # moves the values to the oldest generation without a scan
        if was_on:
            gc.enable()
