"""From Python: the same runs, outcomes and boards as by the command, as values."""

import inspect
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from toy_trials import toy_trial

import benchmark
from benchmark.cli.options import DEFAULT_STORE
from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.outcome import Outcome
from benchmark.results import Store


def numbers(path):
    """Everything of a store that another run of the same trials must give again."""
    with Store(Path(path)) as store:
        return {
            outcome.trial.id: (outcome.status, outcome.notes, outcome.metrics, outcome.baselines)
            for outcome in store.outcomes()
        }


@pytest.mark.slow
def test_a_run_gives_the_numbers_of_the_command(bench, toys):
    bench("run", "--detector", "toy", "--detector", "toy_random", "--dataset", "shapes", "--classes", "0,tall",
          "--seeds", "2", "--set", "power=3", "--data-set", "noise=10", "--store", "by_command.db")  # fmt: skip
    outcomes = benchmark.run(
        ["toy", "toy_random"], "shapes", classes=[0, "tall"], seeds=2, params={"power": 3}, data_options={"noise": 10},
        store="by_python.db", quiet=True,
    )  # fmt: skip
    assert numbers("by_python.db") == numbers("by_command.db")
    assert [(o.trial.detector, o.trial.seed, o.trial.task) for o in outcomes] == [
        (detector, seed, task) for detector in ("toy", "toy_random") for seed in (0, 1) for task in ("round", "tall")
    ]
    again = benchmark.run("toy", "shapes", params={"power": 3.0}, classes="0,tall", seeds=[0, 1],
                          data_options={"noise": 10}, store="by_command.db", quiet=True)  # fmt: skip
    with Store(Path("by_command.db")) as store:
        assert {o.uid for o in again} <= {o.uid for o in store.outcomes()}, "what is there is not run again"


@pytest.mark.slow
def test_outcomes_come_with_curves_always_and_with_scores_when_asked(bench, toys):
    (bare,) = benchmark.run("toy", "shapes", classes=0, quiet=True)
    assert len(bare.curves) == 3
    assert bare.judged is None
    (whole,) = benchmark.run("toy", "shapes", classes=0, scores=True, quiet=True)
    assert whole.uid == bare.uid
    (read,) = benchmark.outcomes("results/bench.db", dataset="shapes", scores=True)
    assert np.array_equal(read.judged.scores, whole.judged.scores)
    y, scores = whole.judged.y, whole.judged.of("distance")
    anomalous, normal = scores[y][:, None], scores[~y][None, :]
    area = np.mean((anomalous > normal) + 0.5 * (anomalous == normal))
    assert whole.metrics["distance"]["roc_auc"].value == pytest.approx(area, abs=1e-12)
    assert list(benchmark.outcomes("results/bench.db", dataset="digits")) == []


@pytest.mark.slow
def test_several_settings_make_one_run_and_a_board_that_prints(bench, toys):
    benchmark.run("toy", "shapes", params=[{"power": 1.0}, {"power": 2.0}], quiet=True)
    board = benchmark.board("results/bench.db", "shapes", metric="average_precision", rules=True)
    assert len(board.rows) == 4
    result = bench("leaderboard", "shapes", "--metric", "average_precision", "--rules")
    assert f"{board}".splitlines()[1].split()[:4] == ["1", "toy", "power=1.0", "100.0"]
    assert all(row.detector in result.out for row in board.rows)
    with pytest.raises(InvalidRequest, match="give only one of them"):
        benchmark.board("results/bench.db", "shapes", validation=True, oracle=True)


@pytest.mark.slow
def test_a_trial_that_goes_wrong_is_among_the_outcomes_and_its_row_has_no_number(bench, toys):
    failed, fine = benchmark.run(["toy_fails", "toy"], "shapes", classes="round", quiet=True)
    assert (failed.status, fine.status) == ("failed", "ok")
    rows = benchmark.records([failed, fine])
    assert [(row["detector"], row["rule"], row["status"], "roc_auc" in row) for row in rows] == [
        ("toy_fails", "distance", "failed", False),
        ("toy", "distance", "ok", True),
        ("toy", "brightness", "ok", True),
    ]
    assert rows[1]["params.power"] == 2.0
    assert rows[1]["roc_auc_se"] == fine.metrics["distance"]["roc_auc"].standard_error


def test_records_hold_the_newest_protocol_version_only_and_count_the_others():
    outcomes = [
        Outcome(trial=toy_trial(task=task, semantics=version), status="ok", source="s")
        for version, tasks in ((3, ("round",)), (2, ("round", "tall")))
        for task in tasks
    ]
    with pytest.warns(UserWarning, match=r"^2 outcomes of protocol version 2 not shown$"):
        rows = benchmark.records(outcomes)
    assert [(row["task"], row["semantics"]) for row in rows] == [("round", 3)]
    assert len(benchmark.records(outcomes[1:])) == 2, "without a warning"


@pytest.mark.slow
def test_observers_of_ones_own_and_by_name_hear_of_the_run(bench, toys):
    class Ears(benchmark.Observer):
        heard = ()

        def trial_finished(self, trial, outcome):
            self.heard = (*self.heard, (trial.task, outcome.status))

    ears = Ears()
    benchmark.run("toy", "shapes", observers=[ears, "jsonl=events"], workers=1, quiet=True)
    assert ears.heard == (("round", "ok"), ("square", "ok"), ("tall", "ok"))
    assert Path("events").read_text().count('"trial_finished"') == 3


@pytest.mark.slow
def test_an_edited_plugin_makes_outcomes_stale_in_the_same_process(bench, toys, tmp_path):
    (first,) = benchmark.run("toy", "shapes", classes=0, quiet=True)
    source = tmp_path / "site" / "bench_toys.py"
    source.write_text(source.read_text() + "\nEDITED = True\n")
    (second,) = benchmark.run("toy", "shapes", classes=0, quiet=True)
    (third,) = benchmark.run("toy", "shapes", classes=0, quiet=True)
    assert first.source != second.source
    assert second.uid == third.uid


REFUSED = [
    (("run", "--detector", "toyy", "--dataset", "shapes"), {"detectors": "toyy"}),
    (("run", "--detector", "toy", "--dataset", "shape"), {"datasets": "shape"}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--set", "power=0"), {"params": {"power": 0}}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--set", "powr=1"), {"params": {"powr": 1}}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--set", "vae.power=1"), {"params": {"vae.power": 1}}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--preset", "paper"), {"preset": "paper"}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--classes", "flat"), {"classes": "flat"}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--seed", "-1"), {"seeds": [-1]}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--validation", "1.5"), {"validation": 1.5}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--device", "tpu"), {"device": "tpu"}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--observer", "jsnl"), {"observers": "jsnl"}),
    (("run", "--detector", "toy", "--dataset", "shapes", "--data-set", "noise=-1"), {"data_options": {"noise": -1}}),
    (("run", "--detector", "toy_without", "--dataset", "shapes"), {"detectors": "toy_without"}),
]


@pytest.mark.parametrize(("command", "call"), REFUSED)
def test_what_the_command_refuses_is_refused_with_its_sentence(bench, toys, command, call):
    result = bench(*command)
    with pytest.raises(benchmark.BenchError) as refusal:
        benchmark.run(**{"detectors": "toy", "datasets": "shapes", "quiet": True, **call})
    assert result.err == f"bench: {' '.join(str(refusal.value).split())}\n"
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"workers": 0}, "at least one worker; not 0"),
        ({"workers": 1.5}, "workers: a whole number is needed; not 1.5"),
        ({"threads": 0}, "at least one thread; not 0"),
        ({"timeout": 0}, "a time limit must be a number above 0; not 0"),
        ({"memory_limit_mib": -1.0}, "a memory limit must be a number above 0"),
        ({"timeout": "5"}, "a time limit must be a number above 0; not '5'"),
        ({"classes": []}, "classes: at least one"),
        ({"seeds": 0}, "nothing to run"),
        ({"seeds": "three"}, "seeds: a whole number is needed; not 'three'"),
        ({"seeds": [0, 0.5]}, "a seed: a whole number is needed; not 0.5"),
        ({"params": "power=2"}, "params: a mapping such as {'latent_dim': 8}, or several; not 'power=2'"),
        ({"detectors": []}, "nothing to run"),
    ],
)
def test_what_only_python_can_say_wrongly_is_refused_in_a_sentence(bench, toys, call, message):
    with pytest.raises(InvalidRequest, match=message.replace("{", r"\{")):
        benchmark.run(**{"detectors": "toy", "datasets": "shapes", "quiet": True, **call})
    assert not Path("results").exists()


@pytest.mark.parametrize("read", [benchmark.outcomes, lambda path: benchmark.board(path, "digits")])
def test_a_missing_store_is_an_error_at_the_call(bench, read):
    with pytest.raises(benchmark.BenchError, match=r"there is no store at absent\.db"):
        read("absent.db")


def test_numpys_numbers_make_the_same_trials(toys, monkeypatch):
    seen = []
    monkeypatch.setattr("benchmark.api.plan", lambda request, known: seen.append(request) or 1 / 0)
    for seeds, threads in ((np.arange(2), np.int64(1)), ((0, 1), 1)):
        with pytest.raises(ZeroDivisionError):
            benchmark.run("toy", "shapes", seeds=seeds, threads=threads)
    assert seen[0] == seen[1]
    assert [type(seed) for seed in seen[0].seeds] == [int, int]


def test_the_default_store_is_that_of_the_command():
    assert inspect.signature(benchmark.run).parameters["store"].default == DEFAULT_STORE.as_posix()


SCRIPT = """
import benchmark
outcomes = benchmark.run({detector!r}, "shapes", workers=1, observers="jsonl=events")
print([outcome.status for outcome in outcomes])
"""


@pytest.mark.slow
def test_a_script_needs_no_main_guard(bench, toys):
    Path("script.py").write_text(SCRIPT.format(detector="toy"))
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=False)
    assert done.stdout == "['ok', 'ok', 'ok']\n"
    assert done.stderr.count(": ok, ROC-AUC") == 3, "a line for each trial"


@pytest.mark.slow
def test_ctrl_c_raises_and_finished_trials_are_stored(bench, toys):
    Path("script.py").write_text(SCRIPT.format(detector="toy_naps"))
    # A shell's background job is started deaf to Ctrl-C, and so would be all that the tests start in one.
    process = subprocess.Popen(
        [sys.executable, "script.py"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    until = time.monotonic() + 30
    while not (Path("events").exists() and "trial_finished" in Path("events").read_text()):
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in err
    assert {o.status for o in benchmark.outcomes("results/bench.db")} == {"ok"}
    stored = {o.uid for o in benchmark.outcomes("results/bench.db")}
    assert 1 <= len(stored) < 3
    outcomes = benchmark.run("toy_naps", "shapes", quiet=True)
    assert len(outcomes) == 3
    assert stored <= {o.uid for o in outcomes}


@pytest.mark.slow
def test_the_page_about_python_runs_as_it_stands(bench):
    page = (Path(__file__).parents[2] / "docs" / "python.md").read_text()
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        exec(block, names)
    assert [outcome.status for outcome in names["outcomes"]] == ["ok"] * 6
    assert names["best"].detector == "pca"
