"""The tables of a store, and how a store is told from any other SQLite file."""

from __future__ import annotations

__all__ = ["APPLICATION_ID", "SCHEMA", "SCHEMA_VERSION"]

APPLICATION_ID = 0x6F636231  # "ocb1": how a store is told from any other SQLite file
SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE outcomes (
    attempt INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,                   -- tells attempts apart across stores
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
    PRIMARY KEY (attempt, rule, metric)
) WITHOUT ROWID;
CREATE TABLE claims (                           -- trials that a run is working on
    trial_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES owners (owner)
) WITHOUT ROWID;
CREATE TABLE owners (                           -- runs that are, or were, at work on this store
    owner TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    born TEXT NOT NULL,                         -- when the process began: a number may be given to another later
    seen REAL NOT NULL                          -- the last sign of life, for runs on other machines
) WITHOUT ROWID;
CREATE TABLE scores (
    attempt INTEGER PRIMARY KEY REFERENCES outcomes (attempt),
    arrays BLOB NOT NULL                        -- compressed npz, never pickled
);
"""
