import json
import os
import pty
import select
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.registry import registry
from benchmark.results import Store
from benchmark.running import plan as planning

pytestmark = pytest.mark.slow

TOY = ("run", "--detector", "toy", "--dataset", "shapes")


def test_a_run_keeps_every_outcome_and_ends_with_the_board(bench, toys):
    result = bench(*TOY)
    assert result.code == 0
    assert result.out.startswith("# shapes: ROC-AUC in %, higher is better")
    assert Path("results/shapes.md").read_text() == result.out
    with Store(Path("results/bench.db")) as store:
        outcomes = store.outcomes()
    assert sorted(o.trial.task for o in outcomes) == ["round", "square", "tall"]
    assert {o.status for o in outcomes} == {"ok"}
    assert sum(line.startswith("[") and ": ok, ROC-AUC" in line for line in result.err.splitlines()) == 3, "a line each"


def test_a_finished_trial_is_not_run_again(bench, toys):
    bench(*TOY)
    again = bench(*TOY)
    assert again.code == 0
    assert "0 trials to run, 3 already in the store" in again.err
    assert attempts() == 3


def test_force_adds_an_attempt_and_deletes_none(bench, toys, cells):
    first = bench(*TOY)
    assert cells(first.out) == cells(bench(*TOY, "--force").out)
    assert attempts() == 6


def test_an_interrupted_or_partial_run_goes_on_with_what_is_missing(bench, toys):
    bench(*TOY, "--classes", "0,tall")
    result = bench(*TOY)
    assert "1 trial to run, 2 already in the store" in result.err


def test_another_source_makes_an_outcome_stale_unless_the_version_is_trusted(bench, toys, tmp_path):
    bench(*TOY)
    source = tmp_path / "site" / "bench_toys.py"
    source.write_text(source.read_text() + "\nCHANGED = True\n")
    registry().forget_sources()
    assert "0 trials to run" in bench(*TOY, "--dry-run", "--trust-version").out
    assert "3 trials to run" in bench(*TOY, "--dry-run").out
    assert bench(*TOY).code == 0
    rows = bench("leaderboard", "shapes", "--format", "json").json
    assert len(rows) == 1, "a row shows one source, the newest complete one"


@pytest.mark.parametrize(
    ("detector", "status", "message"),
    [
        ("toy_fails", "failed", "RuntimeError: the fit went wrong in two lines"),
        ("toy_collapses", "degenerate", "every code equals the centre"),
        ("toy_loses", "degenerate", "the loss 'loss' is nan in epoch 1 of 1"),
        ("toy_greedy", "out_of_memory", "MemoryError"),
        ("toy_dies", "killed", "SIGKILL"),
        ("toy_exits", "killed", "exit code 3"),
        ("toy_writes", "failed", "read-only"),
        ("toy_constant", "degenerate", "all 60 scores are equal"),
        ("toy_nan", "degenerate", "60 of 60 scores are not finite"),
        ("toy_rules", "failed", "must return the rules distance, brightness; it returned other"),
        ("toy_length", "failed", "or another float type, of shape"),
        ("toy_whole", "failed", "returned int64"),
    ],
)
def test_a_bad_detector_costs_its_own_trials_and_is_named(bench, toys, detector, status, message):
    result = bench("run", "--detector", detector, "--detector", "toy", "--dataset", "shapes", "--classes", "0,1")
    assert result.code == 1
    assert message in result.err
    rows = {row["detector"]: row for row in bench("leaderboard", "shapes", "--format", "json").json}
    assert rows[detector]["status"] == {status: 2}
    assert rows[detector]["mean"] is None
    assert rows[detector]["tasks"] == {"round": None, "square": None, "tall": None}
    assert rows["toy"]["status"] == {"ok": 2}


def test_the_last_lines_of_a_dead_worker_are_stored(bench, toys):
    bench("run", "--detector", "toy_dies", "--dataset", "shapes", "--classes", "0")
    with Store(Path("results/bench.db")) as store:
        (outcome,) = store.outcomes()
    assert "last words" in outcome.last_lines
    assert "last words" in bench("show", outcome.trial.id[:8]).out


def test_what_failed_is_run_again_and_what_is_degenerate_is_not(bench, toys):
    two = ("run", "--detector", "toy_fails", "--detector", "toy_collapses", "--dataset", "shapes", "--classes", "0")
    bench(*two)
    again = bench(*two)
    assert "1 trial to run, 1 already in the store" in again.err
    assert again.code == 1, "a kept outcome that is not ok counts as well"


def test_a_degenerate_secondary_rule_is_a_note_and_has_no_number(bench, toys):
    result = bench("run", "--detector", "toy_half", "--dataset", "shapes")
    assert result.code == 0
    assert "rule 'brightness': all 60 scores are equal" in result.err
    rows = {row["rule"]: row for row in bench("leaderboard", "shapes", "--rules", "--format", "json").json}
    assert rows["distance"]["mean"] > 0.9
    assert rows["brightness"]["mean"] is None


def test_a_comma_sweeps_and_the_spelling_of_a_number_does_not_matter(bench, toys):
    result = bench(*TOY, "--set", "power=1,2.0", "--classes", "0")
    assert "2 trials to run" in result.err
    assert "0 trials to run, 1 already" in bench(*TOY, "--set", "power=1e0", "--classes", "0").err
    assert "0 trials to run, 1 already" in bench(*TOY, "--classes", "0").err, "2.0 is the default"


def test_a_key_can_be_set_for_one_detector_alone(bench, toys):
    both = ("run", "--detector", "toy", "--detector", "toy_random", "--dataset", "shapes", "--set", "toy.power=3")
    bench(*both)
    rows = {row["detector"]: row for row in bench("leaderboard", "shapes", "--format", "json").json}
    assert rows["toy"]["params"]["power"] == 3
    assert rows["toy_random"]["params"]["power"] == 2


def test_seeds_give_a_spread_and_explicit_seeds_are_taken(bench, toys):
    bench("run", "--detector", "toy_random", "--dataset", "shapes", "--seeds", "2")
    (row,) = bench("leaderboard", "shapes", "--format", "json").json
    assert row["seeds"] == 2
    assert row["std"] > 0
    assert "1 trial to run, 2 already" in bench(
        "run", "--detector", "toy_random", "--dataset", "shapes", "--classes", "0", "--seed", "0", "--seed", "1",
        "--seed", "5",
    ).err  # fmt: skip


def test_validation_only_uses_no_test_image_and_has_a_board_of_its_own(bench, toys):
    result = bench(*TOY, "--validation-only")
    assert "(validation)" in result.out
    assert Path("results/shapes.validation.md").read_text() == result.out
    with Store(Path("results/bench.db")) as store:
        outcome = store.outcome(store.outcomes()[0].trial.id)
    assert set(outcome.sets) == {"train", "validation"}
    assert outcome.sets["validation"].y.tolist() == [False] * 4 + [True] * 4
    assert bench("leaderboard", "shapes").code == 1
    assert len(bench("leaderboard", "shapes", "--validation", "--format", "json").json) == 1


def test_an_outcome_keeps_scores_labels_curves_facts_and_costs(bench, toys):
    bench(*TOY, "--classes", "square")
    with Store(Path("results/bench.db")) as store:
        outcome = store.outcome(store.outcomes()[0].trial.id)
    test = outcome.sets["test"]
    assert test.scores.shape == (2, 60)
    assert test.labels.tolist() == [0] * 20 + [1] * 20 + [2] * 20
    assert (test.y == (test.labels != 1)).all()
    assert [report.losses["loss"] for report in outcome.curves] == [1, 1 / 2, 1 / 3]
    assert outcome.curves[-1].validation["distance"]["roc_auc"] == 1.0
    assert outcome.facts == {"parameters": 36}
    assert outcome.metrics["distance"]["roc_auc"].standard_error is not None
    assert outcome.cost.fit_seconds >= 0
    assert outcome.cost.peak_memory_mib > 10
    assert outcome.task.tasks == ("round", "square", "tall")


def test_a_dry_run_changes_nothing(bench, toys):
    result = bench(*TOY, "--dry-run")
    assert result.code == 0
    assert result.out.count("  run ") == 3
    assert not Path("results").exists()


def test_a_dry_run_shows_how_the_trials_of_a_sweep_differ(bench, toys):
    result = bench(*TOY, "--set", "power=2,3", "--classes", "0", "--dry-run")
    first, second = result.out.splitlines()[:2]
    assert first.endswith("toy shapes/round seed 0")
    assert second.endswith("toy shapes/round seed 0  power=3.0")


def test_quiet_prints_the_table_alone(bench, toys):
    result = bench(*TOY, "--quiet")
    assert result.out.startswith("# shapes")
    assert "[1/3]" not in result.err


def test_an_option_of_the_dataset_makes_another_trial(bench, toys):
    bench(*TOY)
    bench(*TOY, "--data-set", "noise=60")
    rows = bench("leaderboard", "shapes", "--format", "json").json
    assert {row["settings"] for row in rows} == {"", "noise=60"}


def test_a_study_is_a_run_written_down_and_the_command_line_wins_over_it(bench, toys):
    Path("study.toml").write_text(
        'datasets = ["shapes"]\nclasses = "0,1"\nseeds = [4]\n\n'
        '[[detectors]]\nname = "toy"\nset.epochs = 2\nsweep.power = [1, 3]\n'
    )
    assert "4 trials to run" in bench("run", "--config", "study.toml", "--dry-run").out
    result = bench("run", "--config", "study.toml", "--classes", "2")
    assert "2 trials to run" in result.err
    with Store(Path("results/bench.db")) as store:
        assert {(o.trial.seed, o.trial.task, o.trial.params["epochs"]) for o in store.outcomes()} == {(4, "tall", 2)}


def test_an_observer_that_raises_is_named_once_and_switched_off(bench, toys):
    result = bench(*TOY, "--observer", "raising")
    assert result.code == 0
    assert result.err.count("observer 'raising' was switched off: RuntimeError: observer trouble") == 1


def test_the_observer_jsonl_writes_every_event(bench, toys):
    bench(*TOY, "--classes", "0", "--observer", "jsonl=events.jsonl")
    events = [json.loads(line) for line in Path("events.jsonl").read_text().splitlines()]
    assert [e["event"] for e in events] == [
        "run_started", "trial_started", "epoch", "epoch", "epoch", "trial_finished", "run_finished",
    ]  # fmt: skip
    assert events[-2]["status"] == "ok"


def test_a_partial_rerun_after_a_change_of_source_leaves_the_complete_row(bench, toys, tmp_path):
    bench(*TOY)
    source = tmp_path / "site" / "bench_toys.py"
    source.write_text(source.read_text() + "\nCHANGED = True\n")
    registry().forget_sources()
    bench(*TOY, "--classes", "0")
    (row,) = bench("leaderboard", "shapes", "--format", "json").json
    assert row["mean"] > 0.9
    assert row["status"] == {"ok": 3}


def test_every_part_of_a_dataset_is_a_task(bench, toys):
    assert bench("run", "--detector", "toy", "--dataset", "parts").code == 0
    (row,) = bench("leaderboard", "parts", "--format", "json").json
    assert list(row["tasks"]) == ["bottle", "cable"]


def test_a_trial_that_failed_before_the_data_were_loaded_is_a_row_with_what_is_missing(bench, toys, monkeypatch):
    import bench_toys

    plan = planning.plan

    def then_the_data_change(*arguments):
        jobs = plan(*arguments)
        monkeypatch.setattr(bench_toys, "CLASSES", ("one", "two", "three"))
        return jobs

    monkeypatch.setattr(planning, "plan", then_the_data_change)
    result = bench(*TOY)
    assert "this copy of 'shapes' has the fingerprint" in result.err
    (row,) = bench("leaderboard", "shapes", "--format", "json").json
    assert row["missing"] == ["round: failed", "square: failed", "tall: failed"]


def test_a_terminal_sees_the_running_trial_live(bench, toys):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from benchmark.cli import main; main()", *TOY]
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL) as process:
        os.close(theirs)
        seen = b""
        while select.select([ours], [], [], 20)[0]:
            try:
                seen += os.read(ours, 4096)
            except OSError:
                break  # Linux's way to say that the other end has closed
        assert process.wait(20) == 0
    os.close(ours)
    assert b"toy shapes/round seed 0: ok, ROC-AUC 100.0 %" in seen
    assert b"3/3" in seen


def attempts() -> int:
    connection = sqlite3.connect("results/bench.db")
    (count,) = connection.execute("SELECT count(*) FROM outcomes").fetchone()
    connection.close()
    return count
