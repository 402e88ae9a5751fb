"""A store that an earlier version wrote opens, with everything that was in it."""

import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from benchmark.interfaces.errors import StoreError
from benchmark.interfaces.outcome import Measure
from benchmark.results import Run, Store
from benchmark.results.connection import schema_version
from benchmark.results.schema import SCHEMA_VERSION

TRIAL = "ea7036a0a91922c43ee5224c1d5478b4e77c5af32714754a77a81f1107aeceb5"


@pytest.fixture(params=["schema_1", "schema_2"])
def path(request, tmp_path):
    """A store of an earlier schema: `pca` on the digit 3, as the version of that time kept it."""
    path = tmp_path / "bench.db"
    connection = sqlite3.connect(path)
    connection.executescript(Path(__file__).with_name(f"{request.param}.sql").read_text())
    connection.close()
    return path


def test_its_outcomes_are_read_by_the_names_of_today(path):
    with Store(path) as store:
        (outcome,) = store.outcomes("digits")
        whole = store.outcome(TRIAL[:8])
    assert outcome.trial.id == TRIAL
    measure = outcome.measure("reconstruction", "roc_auc")
    assert measure == Measure(0.9894440270473328, 0.004544723507862543)
    assert (measure.class_error, measure.classes, measure.version) == (None, None, "1")
    assert (outcome.task.variant, outcome.task.classes[3], outcome.task.normal_class) == ("official", "3", 3)
    assert outcome.baselines.keys() == {"mean pixel", "hash"}
    assert whole.judged.scores.shape == (1, 539)
    assert np.array_equal(whole.judged.y, whole.judged.labels != 3)


def test_its_tables_are_those_of_a_new_store(path, tmp_path):
    Store(path).close()
    Store(tmp_path / "new.db", create=True).close()

    def tables(file):
        connection = sqlite3.connect(file)
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master ORDER BY name")]
        columns = {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in names}
        version = schema_version(connection)
        connection.close()
        return version, columns

    assert tables(path) == tables(tmp_path / "new.db")
    assert tables(path)[0] == SCHEMA_VERSION


def test_where_nothing_may_be_written_a_copy_is_migrated(path, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with Store(path) as store:
        assert [outcome.trial.id for outcome in store.outcomes()] == [TRIAL]
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["bench.db"]


@pytest.mark.parametrize("path", ["schema_1"], indirect=True)
def test_a_migration_that_fails_changes_nothing(path):
    connection = sqlite3.connect(path)
    connection.execute("UPDATE outcomes SET facts = 'no JSON'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="damaged"):
        Store(path)
    connection = sqlite3.connect(path)
    assert schema_version(connection) == 1
    assert connection.execute("SELECT count(*) FROM owners").fetchone() == (1,)
    connection.close()


def test_what_a_run_of_then_had_claimed_can_be_run(path):
    with Store(path, create=True) as store:
        (outcome,) = store.outcomes()
        run = Run(store.file)
        assert store.claim(outcome.trial, run, known=outcome.uid)
        run.close()
