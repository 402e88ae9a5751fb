"""Opens the file of a store: creates it if requested, checks that it is a store, and reads read-only ones."""

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
    """Connect to a file; if it cannot be written, without its log."""
    # In WAL mode SQLite writes files next to the store even to read it, but not with `immutable`.
    target = file.as_uri() if writable else f"{file.as_uri()}?immutable=1"
    return sqlite3.connect(target, timeout=BUSY_SECONDS, isolation_level=None, uri=True)


def copy_of(path: Path, file: Path) -> tempfile.TemporaryDirectory[str] | None:
    """Return a folder with a copy of a file and its log; None if the file can be read without its log.

    It cannot if data are only in the log, or if the store is older and must be migrated.
    """
    log = file.with_name(f"{file.name}-wal")
    has_log = log.is_file() and log.stat().st_size > 0
    if not has_log and not _is_older(file):
        return None
    folder = tempfile.TemporaryDirectory(prefix="bench-store-")
    try:
        for source in (file, log) if has_log else (file,):
            shutil.copy(source, folder.name)
            (Path(folder.name) / source.name).chmod(0o600)
    except OSError as error:
        folder.cleanup()
        raise StoreError(f"{path} cannot be read, and copying it to read the copy failed: {error}") from None
    return folder


def prepare(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    """Create the tables if they are missing and may be created; check that it is a store, and migrate an older one.

    Raises
    ------
    StoreError
        If the file is not a store, or newer.
    """
    if create and _value(connection, "SELECT count(*) FROM sqlite_master") == 0:
        with transaction(connection):
            # Another process may have created it while this one waited for the lock.
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
            migrate(connection, schema_version(connection))  # read again: another process may have migrated it
    if create:
        # Only a writer may set this; readers use the mode of the file.
        _enter_wal_mode(connection)
        connection.execute("PRAGMA synchronous = NORMAL")


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the schema version of a store."""
    return int(_value(connection, "PRAGMA user_version"))


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run the statements as one transaction; wait for other writers."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # with a full disk SQLite has already rolled it back
            connection.execute("ROLLBACK")
        raise


def _is_older(file: Path) -> bool:
    try:
        with contextlib.closing(connect(file, writable=False)) as connection:
            return schema_version(connection) < SCHEMA_VERSION
    except sqlite3.Error:  # no store: `prepare` reports it
        return False


def may_write(file: Path) -> bool:
    """Return whether this user may change a file and the files of SQLite next to it."""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)


def _enter_wal_mode(connection: sqlite3.Connection) -> None:
    until = time.monotonic() + BUSY_SECONDS
    while _value(connection, "PRAGMA journal_mode") != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError:  # SQLite does not wait for other connections here
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _value(connection: sqlite3.Connection, statement: str) -> Any:
    return connection.execute(statement).fetchone()[0]
