"""A store in a folder that cannot be written is read all the same."""

import os
import sqlite3

import pytest
from toy_trials import toy_trial

from benchmark.interfaces.errors import StoreError
from benchmark.interfaces.outcome import Outcome
from benchmark.results import Store


@pytest.fixture
def reader(monkeypatch):
    """A user who may write nothing: root may write anywhere, so what the system answers is set."""
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)


def filled(path, make_outcome):
    with Store(path, create=True) as store:
        store.add(make_outcome())
    return path


@pytest.fixture
def make_outcome():
    return lambda: Outcome(trial=toy_trial(), status="ok", source="s")


def test_it_is_read_without_a_file_beside_it(tmp_path, reader, make_outcome):
    path = filled(tmp_path / "bench.db", make_outcome)
    with Store(path) as store:
        assert len(store.outcomes()) == 1
        assert sorted(file.name for file in tmp_path.iterdir()) == ["bench.db"]


def test_what_is_only_in_the_log_yet_is_read_too(tmp_path, reader, make_outcome):
    path = filled(tmp_path / "bench.db", make_outcome)
    writer = Store(path, create=True)
    writer.add(make_outcome())
    writer._connection.execute("UPDATE outcomes SET status = 'failed'")
    assert (tmp_path / "bench.db-wal").stat().st_size > 0
    alone = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    assert alone.execute("SELECT count(*) FROM outcomes").fetchone() == (1,), "immutable alone would miss it"
    alone.close()
    with Store(path) as store:
        assert [outcome.status for outcome in store.outcomes()] == ["ok"]
        assert store._connection.execute("SELECT count(*) FROM outcomes").fetchone() == (2,)
        copy = store._copy.name
    assert not os.path.exists(copy)  # noqa: PTH110
    writer.close()


def test_what_is_only_in_the_log_is_read_through_a_link_too(tmp_path, reader, make_outcome):
    path = filled(tmp_path / "bench.db", make_outcome)
    writer = Store(path, create=True)
    writer.add(make_outcome())
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.db"
    link.symlink_to(path)
    with Store(link) as store:
        assert store._connection.execute("SELECT count(*) FROM outcomes").fetchone() == (2,)
    writer.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_unprivileged_user_reads_it(tmp_path, make_outcome):
    import subprocess
    import sys

    folder = tmp_path / "shared"
    path = filled(folder / "bench.db", make_outcome)
    for one in (folder, path):
        one.chmod(0o555 if one.is_dir() else 0o444)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    tmp_path.chmod(0o755)
    program = (
        "import os; from pathlib import Path; from benchmark.results import Store; os.setgid(65534); os.setuid(65534)\n"
        f"with Store(Path({str(path)!r})) as store: print(len(store.outcomes()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "1\n", done.stderr


def test_nothing_is_added_to_the_copy_that_is_read_in_its_place(tmp_path, reader, make_outcome):
    path = filled(tmp_path / "bench.db", make_outcome)
    writer = Store(path, create=True)
    kept = make_outcome()
    writer.add(kept)
    with Store(path) as store, pytest.raises(StoreError, match=r"bench.db cannot be written: it or its folder"):
        store.add_measures(kept.uid, {})
    writer.close()


def test_a_store_that_is_missing_is_not_made_by_reading(tmp_path):
    with pytest.raises(StoreError, match="there is no store"):
        Store(tmp_path / "bench.db")
    assert list(tmp_path.iterdir()) == []
