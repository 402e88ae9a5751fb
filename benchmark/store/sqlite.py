"""The store: one SQLite file, one transaction an outcome, nothing ever deleted."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.interfaces.errors import StoreError, UnknownName
from benchmark.store.owner import Owner
from benchmark.store.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION
from benchmark.trial import Outcome, ScoredSet, Trial, pack_arrays, unpack_arrays

__all__ = ["Attempt", "Store"]

MIN_PREFIX = 4
BUSY_SECONDS = 60.0


_LATEST = """attempt IN (
    SELECT attempt FROM (
        SELECT attempt, row_number() OVER (PARTITION BY {by} ORDER BY finished_at DESC, attempt DESC) AS age
        FROM outcomes {where}
    ) WHERE age = 1
)"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a run must know of a trial's latest attempt."""

    uid: str
    status: str
    source: str


class Store:
    """Outcomes by trial, and who is working on which.

    Use it as a context manager, or call `close`.

    Parameters
    ----------
    path : Path
        The file. With `create`, it and its folder are made if they are not there.

    Raises
    ------
    StoreError
        If the file is missing, foreign, newer, damaged, or its folder cannot be written.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        if not create and not path.is_file():
            raise StoreError(f"there is no store at {path}; `bench run` makes one, --store names another")
        if create:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"the folder {path.parent} cannot be made: {error.strerror}; choose --store") from None
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        with self._sentences():
            self._connection = self._open(create)
        try:
            with self._sentences():
                self._prepare(create)
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
        """Keep an outcome as the latest attempt at its trial: whole or not at all; once, however often it is added."""
        plain, arrays = outcome.to_plain()
        metrics = plain.pop("metrics")
        trial = outcome.trial
        with self._sentences(), self._transaction() as connection:
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
                "INSERT INTO metrics VALUES (?, ?, ?, ?, ?)",
                [
                    (attempt, rule, name, value, error)
                    for rule, measures in metrics.items()
                    for name, (value, error) in measures.items()
                ],
            )
            connection.execute("INSERT INTO scores VALUES (?, ?)", (attempt, pack_arrays(arrays)))
            connection.execute("DELETE FROM claims WHERE trial_id = ?", (trial.id,))

    def latest(self, trials: Iterable[Trial]) -> dict[str, Attempt]:
        """Return trial id -> what is known of its latest attempt, for those trials that have one."""
        found = {}
        with self._sentences():
            for trial in trials:
                row = self._connection.execute(
                    "SELECT uid, status, source FROM outcomes WHERE trial_id = ?"
                    " ORDER BY finished_at DESC, attempt DESC LIMIT 1",
                    (trial.id,),
                ).fetchone()
                if row is not None:
                    found[trial.id] = Attempt(*row)
        return found

    def claim(self, trial: Trial, owner: Owner, *, known: str) -> bool:
        """Return whether `owner` may run a trial now: nobody living is at it, and no attempt has come since.

        Parameters
        ----------
        known : str
            The uid of the latest attempt that the owner knows of; empty for none.
        """
        with self._sentences(), self._transaction() as connection:
            latest = self.latest([trial]).get(trial.id)
            if latest is not None and latest.uid != known:
                return False
            row = connection.execute(
                "SELECT owner, host, pid, born, seen FROM claims JOIN owners USING (owner) WHERE trial_id = ?",
                (trial.id,),
            ).fetchone()
            if row is not None and row[0] != owner.name and Owner(*row[:4]).is_alive(seen=row[4]):
                return False
            connection.execute(
                "INSERT OR REPLACE INTO owners VALUES (?, ?, ?, ?, ?)",
                (owner.name, owner.host, owner.pid, owner.born, time.time()),
            )
            connection.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (trial.id, owner.name))
        return True

    def touch(self, owner: Owner) -> None:
        """Give a sign of life."""
        with self._sentences(), self._transaction() as connection:
            connection.execute("UPDATE owners SET seen = ? WHERE owner = ?", (time.time(), owner.name))

    def release(self, owner: Owner) -> None:
        """Give up all that an owner has claimed."""
        with self._sentences(), self._transaction() as connection:
            connection.execute("DELETE FROM claims WHERE owner = ?", (owner.name,))
            # With those that died without a word. A living one that has nothing claimed comes back with its next claim.
            connection.execute("DELETE FROM owners WHERE owner NOT IN (SELECT owner FROM claims)")

    def outcomes(self, dataset: str | None = None) -> list[Outcome]:
        """Return the latest outcome of every trial under each source, oldest first, without its scores."""
        where = "" if dataset is None else "WHERE dataset = ?"
        return self._read(_LATEST.format(by="trial_id, source", where=where), () if dataset is None else (dataset,))

    def outcome(self, prefix: str) -> Outcome:
        """Return the latest outcome of the one trial whose id begins with `prefix`, with its scores.

        Raises
        ------
        UnknownName
            If no trial's id begins so, or more than one's.
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
            raise UnknownName(f"no trial in {self.path} has an id that begins with {prefix!r} (at least {MIN_PREFIX})")
        if len(ids) > 1:
            raise UnknownName(f"more than one trial's id begins with {prefix!r}: {', '.join(i[:12] for i in ids)}")
        return self._read(_LATEST.format(by="trial_id", where="WHERE trial_id = ?"), (ids[0],), scores=True)[0]

    def test_scores(self, uid: str) -> ScoredSet | None:
        """Return the test scores of one attempt; None if there is no such attempt, or none are kept of it."""
        with self._sentences():
            row = self._connection.execute(
                "SELECT attempt, json_extract(facts, '$.sets.test') FROM outcomes WHERE uid = ?", (uid,)
            ).fetchone()
            arrays = self._arrays(row[0]) if row is not None and row[1] is not None else {}
        if "test.scores" not in arrays:
            return None
        y, kinds, scores = (arrays[f"test.{name}"] for name in ("y", "kinds", "scores"))
        return ScoredSet(y=y, kinds=kinds, rules=tuple(json.loads(row[1])), scores=scores)

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
        """Return the names of the datasets that outcomes are here for."""
        with self._sentences():
            return [row[0] for row in self._connection.execute("SELECT DISTINCT dataset FROM outcomes ORDER BY 1")]

    def _read(self, where: str, values: tuple[Any, ...], *, scores: bool = False) -> list[Outcome]:
        with self._sentences():
            metrics: dict[int, dict[str, dict[str, Any]]] = {}
            for attempt, rule, name, value, error in self._connection.execute(
                f"SELECT m.* FROM metrics m JOIN outcomes USING (attempt) WHERE {where}", values
            ):
                metrics.setdefault(attempt, {}).setdefault(rule, {})[name] = [value, error]
            found = []
            for attempt, facts in self._connection.execute(
                f"SELECT attempt, facts FROM outcomes WHERE {where} ORDER BY finished_at, attempt", values
            ):
                arrays = self._arrays(attempt) if scores else {}
                try:
                    plain = {**json.loads(facts), "metrics": metrics.get(attempt, {})}
                    found.append(Outcome.from_plain(plain, arrays))
                except (ValueError, KeyError, TypeError) as error:
                    raise self._damaged(error) from None
        return found

    def _arrays(self, attempt: int) -> dict[str, Any]:
        row = self._connection.execute("SELECT arrays FROM scores WHERE attempt = ?", (attempt,)).fetchone()
        try:
            return unpack_arrays(row[0])
        except Exception as error:  # noqa: BLE001 - zip, zlib and numpy each have their own ways to say "damaged"
            raise self._damaged(error) from None

    def _open(self, create: bool) -> sqlite3.Connection:
        file = self.path.resolve()  # SQLite's own files lie beside the store itself, not beside a link to it
        target = file.as_uri()
        if not create and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
            # SQLite wants to write beside a file in WAL mode, even to read it. `immutable` spares it that, and would
            # silently ignore what is only in the log yet.
            log = file.with_name(f"{file.name}-wal")
            if log.is_file() and log.stat().st_size:
                target = self._copied(file, log).as_uri()
            else:
                target += "?immutable=1"
        return sqlite3.connect(target, timeout=BUSY_SECONDS, isolation_level=None, uri=True)

    def _copied(self, file: Path, log: Path) -> Path:
        self._copy = tempfile.TemporaryDirectory(prefix="bench-store-")
        try:
            for one in (file, log):
                shutil.copy(one, self._copy.name)
        except OSError as error:
            self._copy.cleanup()
            raise StoreError(f"{self.path} cannot be read where it is, nor copied: {error}") from None
        return Path(self._copy.name) / file.name

    def _prepare(self, create: bool) -> None:
        tables = self._pragma("SELECT count(*) FROM sqlite_master")
        if tables == 0 and create:
            with self._transaction() as connection:
                # Another process may have made it while we waited for the lock.
                if self._pragma("SELECT count(*) FROM sqlite_master") == 0:
                    for statement in SCHEMA.split(";\n"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if self._pragma("PRAGMA application_id") != APPLICATION_ID:
            raise StoreError(f"{self.path} is not a store of One-Class Bench; nothing was changed; choose --store")
        version = self._pragma("PRAGMA user_version")
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} was written by a newer One-Class Bench (schema {version}, this one reads up to"
                f" {SCHEMA_VERSION}); upgrade with: pip install -U oneclass-bench"
            )
        if create:
            # Only a writer may ask for this; readers follow what the file says.
            self._enter_wal_mode()
            self._pragma("PRAGMA synchronous = NORMAL", default=0)

    def _enter_wal_mode(self) -> None:
        until = time.monotonic() + BUSY_SECONDS
        while self._pragma("PRAGMA journal_mode") != "wal":
            try:
                self._pragma("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:  # for this, SQLite does not wait until nobody else is at it
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _pragma(self, statement: str, default: Any = None) -> Any:
        row = self._connection.execute(statement).fetchone()
        return default if row is None else row[0]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled it back already
                self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turn what SQLite says into a sentence for the person who named the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(f"the store {self.path} cannot be used: {error}; choose another with --store") from None
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise  # an IntegrityError and its like are this program's fault, not the file's
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> StoreError:
        return StoreError(
            f"{self.path} is damaged or not a store ({error}); move it away, or choose another with --store"
        )
