import dataclasses
import sqlite3
import threading

import numpy as np
import pytest
from toy_trials import toy_trial

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.errors import StoreError, UnknownName
from benchmark.interfaces.outcome import Measure, Outcome, ScoredSet
from benchmark.interfaces.trial import Trial
from benchmark.results import Run, Store
from benchmark.results import store as store_module
from benchmark.results.schema import SCHEMA_VERSION


def trial(**changes) -> Trial:
    return toy_trial(params={"power": 2.0}, rules=("distance", "brightness"), **changes)


def outcome(status: str = "ok", **changes) -> Outcome:
    scored = ScoredSet(
        y=np.array([False, True]),
        labels=np.array([0, 1]),
        rules=("distance", "brightness"),
        scores=np.array([[0.25, 1e-300], [3.0, 1 / 3]]),
    )
    return Outcome(
        trial=trial(**changes),
        status=status,
        source="s" * 64,
        metrics={"distance": {"roc_auc": Measure(0.75, 0.01)}, "brightness": {"roc_auc": Measure(0.5)}},
        curves=(EpochReport(number=1, of=1, losses={"loss": 0.5}),),
        sets={"test": scored},
    )


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "new" / "bench.db", create=True) as store:
        yield store


def test_an_outcome_comes_back_as_it_went_in_scores_to_the_last_bit(store):
    kept = outcome()
    store.add(kept)
    back = store.outcome(kept.trial.id)
    assert dataclasses.replace(back, sets={}) == dataclasses.replace(kept, sets={})
    assert np.array_equal(back.sets["test"].scores, kept.sets["test"].scores)
    assert back.sets["test"].scores.dtype == np.float64
    assert back.sets["test"].y.dtype == bool


def test_scores_are_not_read_for_a_board(store):
    store.add(outcome())
    assert store.outcomes()[0].sets == {}


def test_the_test_scores_of_one_attempt_are_read_by_its_uid(store):
    kept = outcome()
    store.add(kept)
    store.add(outcome("killed"))
    back = store.scores(kept.uid, "test")
    assert np.array_equal(back.of("brightness"), kept.sets["test"].of("brightness"))
    assert back.y.tolist() == [False, True]


def test_a_board_reads_no_curves_and_one_attempt_has_them(store):
    kept = outcome()
    store.add(kept)
    assert store.outcomes()[0] == dataclasses.replace(kept, curves=(), sets={})
    assert store.attempt(kept.uid) == dataclasses.replace(kept, sets={})
    assert store.attempt(kept.uid, scores=True).sets["test"].of("distance").tolist() == [0.25, 1e-300]
    with pytest.raises(UnknownName, match=r"no attempt in .* has the uid 'nobody'"):
        store.attempt("nobody")


def test_measures_are_added_to_an_attempt_and_take_the_place_of_their_namesakes(store):
    kept, later = outcome(), outcome("ok")
    store.add(kept)
    store.add(later)
    store.add_measures(kept.uid, {"distance": {"roc_auc": Measure(0.25), "youden": Measure(0.5, 0.1, 0.2, 9, "2")}})
    assert store.attempt(kept.uid).metrics == {
        "distance": {"roc_auc": Measure(0.25), "youden": Measure(0.5, 0.1, 0.2, 9, "2")},
        "brightness": {"roc_auc": Measure(0.5)},
    }
    assert store.attempt(later.uid).metrics == later.metrics
    with pytest.raises(UnknownName, match="nobody"):
        store.add_measures("nobody", {})


def test_measures_are_added_all_or_none(store):
    kept = outcome()
    store.add(kept)
    with pytest.raises(sqlite3.IntegrityError):
        store.add_measures(kept.uid, {"distance": {"youden": Measure(0.5), "broken": Measure(None)}})
    assert store.attempt(kept.uid).metrics == kept.metrics


def test_damaged_scores_are_told_from_a_damaged_store(store):
    whole, cut, short = outcome(), outcome(seed=1), outcome(seed=2)
    truth = whole.sets["test"]
    one_rule = dataclasses.replace(truth, scores=truth.scores[:1])
    for kept in (whole, cut, dataclasses.replace(short, sets={"test": one_rule})):
        store.add(kept)
    store._connection.execute("UPDATE scores SET arrays = substr(arrays, 1, 99) WHERE attempt = 2")
    for uid in (cut.uid, short.uid):
        with pytest.raises(StoreError, match=r"scores in .* are damaged"):
            store.scores(uid, "test")
    assert store.scores(whole.uid, "test").of("distance").tolist() == [0.25, 1e-300]
    assert len(store.outcomes()) == 3


def test_where_no_test_scores_are_kept_there_are_none(store):
    unseen = dataclasses.replace(outcome(validation_only=True), sets={"validation": outcome().sets["test"]})
    collapsed = dataclasses.replace(outcome("degenerate", seed=1), sets={})
    for kept in (unseen, collapsed):
        store.add(kept)
        assert store.scores(kept.uid, "test") is None
    assert store.scores("nobody's", "test") is None


def test_the_latest_attempt_counts_and_none_is_deleted(store):
    for status in ("ok", "failed", "ok", "killed"):
        store.add(outcome(status))
    assert [o.status for o in store.outcomes()] == ["killed"]
    attempt = store.latest([trial()])[trial().id]
    assert (attempt.status, attempt.source) == ("killed", "s" * 64)
    assert store._connection.execute("SELECT count(*) FROM outcomes").fetchone() == (4,)


def test_the_latest_by_the_clock_counts_whatever_order_they_were_added_in(store):
    store.add(dataclasses.replace(outcome("ok"), finished_at="2026-02-01T00:00:00+00:00"))
    store.add(dataclasses.replace(outcome("failed"), finished_at="2026-01-01T00:00:00+00:00"))
    assert [o.status for o in store.outcomes()] == ["ok"]


def test_an_attempt_is_kept_once(store):
    kept = outcome()
    for _ in range(2):
        store.add(kept)
    assert store._connection.execute("SELECT count(*) FROM outcomes").fetchone() == (1,)


def test_a_claim_keeps_others_out_until_it_is_released_or_its_run_is_over(store):
    ours, theirs = Run(store.file), Run(store.file)
    assert store.claim(trial(), ours, known="")
    assert store.claim(trial(), ours, known=""), "one's own claim is no obstacle"
    assert not store.claim(trial(), theirs, known="")
    store.release(ours)
    assert store.claim(trial(), theirs, known="")
    theirs.close()
    assert store.claim(trial(), ours, known="")
    ours.close()
    assert not list(store.path.parent.glob("*.run-*"))


def test_a_trial_that_was_done_since_one_looked_is_not_claimed(store):
    kept, run = outcome(), Run(store.file)
    store.add(kept)
    assert not store.claim(trial(), run, known="")
    assert store.claim(trial(), run, known=kept.uid), "as with --force"
    run.close()


def test_each_source_has_its_latest_outcome(store):
    for source, status in (("old", "ok"), ("new", "failed"), ("new", "ok")):
        store.add(dataclasses.replace(outcome(status), source=source))
    assert [(o.source, o.status) for o in store.outcomes()] == [("old", "ok"), ("new", "ok")]


def test_repeated_trials_are_read_with_all_their_attempts(store):
    attempts = [outcome(), outcome(), outcome(seed=1), outcome(dataset="other"), outcome(dataset="other")]
    for each in attempts:
        store.add(each)
    repeated = store.repeated("shapes")
    assert [each.uid for each in repeated] == [each.uid for each in attempts[:2]]
    assert repeated[0].metrics == attempts[0].metrics
    assert store.repeated("digits") == []


def test_only_the_dataset_asked_for_is_read(store):
    store.add(outcome())
    store.add(outcome(dataset="digits"))
    assert [o.trial.dataset for o in store.outcomes("digits")] == ["digits"]
    assert store.datasets() == ["digits", "shapes"]


def test_an_outcome_that_cannot_be_written_whole_leaves_nothing(store):
    broken = dataclasses.replace(outcome(), metrics={"distance": {"roc_auc": Measure(None)}})
    with pytest.raises(sqlite3.IntegrityError):
        store.add(broken)
    for table in ("outcomes", "metrics", "scores"):
        assert store._connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    store.add(outcome())


def test_a_prefix_names_one_trial_or_none(store):
    store.add(outcome())
    store.add(outcome(seed=1))
    assert store.outcome(trial(seed=1).id[:8]).trial.seed == 1
    with pytest.raises(UnknownName, match="no trial"):
        store.outcome("0" * 64)


def test_a_prefix_of_several_trials_is_refused_with_their_names(store):
    prefix, seeds = None, {}
    for seed in range(2000):
        prefix = trial(seed=seed).id[:4]
        if prefix in seeds:
            break
        seeds[prefix] = seed
    store.add(outcome(seed=seeds[prefix]))
    store.add(outcome(seed=seed))
    with pytest.raises(UnknownName, match=f"more than one trial's id begins with '{prefix}'"):
        store.outcome(prefix)


def test_it_is_in_wal_mode_and_says_what_it_is(store, tmp_path):
    connection = sqlite3.connect(store.path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert connection.execute("PRAGMA application_id").fetchone()[0] != 0
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_two_can_make_it_at_once(tmp_path):
    errors = []

    def make():
        try:
            Store(tmp_path / "bench.db", create=True).close()
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_damaged_page_is_a_sentence(tmp_path):
    path = tmp_path / "bench.db"
    with Store(path, create=True) as store:
        for seed in range(50):
            store.add(outcome(seed=seed))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"), Store(path) as store:
        store.outcomes()


def test_outcomes_are_read_as_they_stood_at_one_moment(tmp_path, monkeypatch):
    path = tmp_path / "bench.db"
    with Store(path, create=True) as store, Store(path) as other:
        store.add(outcome(seed=0))
        read = store_module.outcome_from_plain

        def meanwhile(plain, arrays):
            other.add(outcome(seed=1))
            return read(plain, arrays)

        monkeypatch.setattr(store_module, "outcome_from_plain", meanwhile)
        assert [o.trial.seed for o in store.outcomes()] == [0]
        monkeypatch.undo()
        assert [bool(o.metrics) for o in store.outcomes()] == [True, True]
