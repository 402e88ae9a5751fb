"""The tables of a store, and the migrations that bring an older store to them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from typing import Any

APPLICATION_ID = 0x6F636231  # "ocb1": marks an SQLite file as a store

SCHEMA = """
CREATE TABLE outcomes (
    attempt INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,                   -- unique across stores
    trial_id TEXT NOT NULL,
    detector TEXT NOT NULL,
    dataset TEXT NOT NULL,
    task TEXT NOT NULL,
    seed INTEGER NOT NULL,
    status TEXT NOT NULL,
    source TEXT NOT NULL,
    finished_at TEXT NOT NULL,                  -- the latest of a trial counts
    facts TEXT NOT NULL                         -- everything but metrics and scores, as JSON
);
CREATE INDEX outcomes_by_trial ON outcomes (trial_id, finished_at);
CREATE INDEX outcomes_by_dataset ON outcomes (dataset);
CREATE TABLE metrics (
    attempt INTEGER NOT NULL REFERENCES outcomes (attempt),
    rule TEXT NOT NULL,
    metric TEXT NOT NULL,
    value REAL NOT NULL,
    standard_error REAL,
    class_error REAL,
    classes INTEGER,                            -- that class_error is computed from
    version TEXT NOT NULL DEFAULT '1',          -- of the metric
    PRIMARY KEY (attempt, rule, metric)
) WITHOUT ROWID;
CREATE TABLE claims (                           -- trials that a run is working on
    trial_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL                         -- the run; it is alive while it holds the lock of that name
) WITHOUT ROWID;
CREATE TABLE scores (
    attempt INTEGER PRIMARY KEY REFERENCES outcomes (attempt),
    arrays BLOB NOT NULL                        -- compressed npz, never pickled
);
"""

_OLD_NOTE = re.compile(r"inverted\? \(ROC-AUC ([0-9.]+); never flipped\)")
_NEW_NOTE = r"worse than chance (ROC-AUC \1): check the sign of the scores"


def renamed_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of an outcome of schema 1, or of a row of format 1, with the current names and notes."""
    facts = {("baselines" if name == "canaries" else name): value for name, value in facts.items()}
    new_names = {"label": "variant", "kinds": "classes", "normal": "normal_class"}
    facts["task"] = {new_names.get(name, name): value for name, value in facts["task"].items()}
    if "notes" in facts:
        facts["notes"] = [_OLD_NOTE.sub(_NEW_NOTE, note) for note in facts["notes"]]
    return facts


def _rename_facts_and_drop_owners(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE claims")
    connection.execute("DROP TABLE owners")
    connection.execute("CREATE TABLE claims (trial_id TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID")
    for attempt, facts in connection.execute("SELECT attempt, facts FROM outcomes").fetchall():
        text = json.dumps(renamed_facts(json.loads(facts)))
        connection.execute("UPDATE outcomes SET facts = ? WHERE attempt = ?", (text, attempt))


def _add_columns_of_measures(connection: sqlite3.Connection) -> None:
    for column in ("class_error REAL", "classes INTEGER", "version TEXT NOT NULL DEFAULT '1'"):
        connection.execute(f"ALTER TABLE metrics ADD COLUMN {column}")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _rename_facts_and_drop_owners,
    _add_columns_of_measures,
)
"""Migrations from schema 1 to 2, from 2 to 3, and so on. A released one never changes; new ones are appended."""

SCHEMA_VERSION = 1 + len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Migrate the tables of a store of schema `version` to the current schema; call it within a transaction."""
    for step in MIGRATIONS[version - 1 :]:
        step(connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
