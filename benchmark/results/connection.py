"""Opens a store's file: creates it if asked, checks that it is a store, reads it where nothing may be written."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmark.interfaces.errors import StoreError
from benchmark.results.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION, migrate

BUSY_SECONDS = 60.0


def connect(file: Path, *, writable: bool) -> sqlite3.Connection:
    """Connect to a file; where nothing may be written, to the file as it lies there, without its log."""
    # In WAL mode SQLite writes beside a file even to read it, but not with `immutable`.
    target = file.as_uri() if writable else f"{file.as_uri()}?immutable=1"
    return sqlite3.connect(target, timeout=BUSY_SECONDS, isolation_level=None, uri=True)


def copy_of(path: Path, file: Path) -> tempfile.TemporaryDirectory[str] | None:
    """Return a folder with a copy of a file and of its log; None where the file can be read as it lies there.

    It cannot where something is only in the log yet, or where the store is older and has to be migrated.
    """
    log = file.with_name(f"{file.name}-wal")
    has_log = log.is_file() and log.stat().st_size > 0
    if not has_log and not _is_older(file):
        return None
    folder = tempfile.TemporaryDirectory(prefix="bench-store-")
    try:
        for one in (file, log) if has_log else (file,):
            shutil.copy(one, folder.name)
            (Path(folder.name) / one.name).chmod(0o600)
    except OSError as error:
        folder.cleanup()
        raise StoreError(f"{path} cannot be read where it is, nor copied: {error}") from None
    return folder


def prepare(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    """Make the tables if they are not there and may be made; check that it is a store, and migrate an older one.

    Raises
    ------
    StoreError
        If the file is foreign, or newer.
    """
    if create and _value(connection, "SELECT count(*) FROM sqlite_master") == 0:
        with transaction(connection):
            # Another process may have made it while we waited for the lock.
            if _value(connection, "SELECT count(*) FROM sqlite_master") == 0:
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    if _value(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise StoreError(f"{path} is not a store of One-Class Bench; nothing was changed; choose --store")
    version = schema_version(connection)
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer One-Class Bench (schema {version}, this one reads up to"
            f" {SCHEMA_VERSION}); upgrade with: pip install -U oneclass-bench"
        )
    if version < SCHEMA_VERSION:
        with transaction(connection):
            migrate(connection, schema_version(connection))  # again: another process may have done it meanwhile
    if create:
        # Only a writer may ask for this; readers follow what the file says.
        _enter_wal_mode(connection)
        connection.execute("PRAGMA synchronous = NORMAL")


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the number of the schema that a store has."""
    return int(_value(connection, "PRAGMA user_version"))


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Do everything in it or nothing; wait for other writers."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise


def _is_older(file: Path) -> bool:
    try:
        with contextlib.closing(connect(file, writable=False)) as connection:
            return schema_version(connection) < SCHEMA_VERSION
    except sqlite3.Error:  # no store: `prepare` reports it
        return False


def may_write(file: Path) -> bool:
    """Return whether this user may change a file, and what SQLite keeps beside it."""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)


def _enter_wal_mode(connection: sqlite3.Connection) -> None:
    until = time.monotonic() + BUSY_SECONDS
    while _value(connection, "PRAGMA journal_mode") != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError:  # for this, SQLite does not wait until nobody else is at it
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _value(connection: sqlite3.Connection, statement: str) -> Any:
    return connection.execute(statement).fetchone()[0]
