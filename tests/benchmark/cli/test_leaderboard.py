"""`bench leaderboard`: formats, metrics, and its refusals."""

import json
import sqlite3
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BOARD = ("leaderboard", "shapes")


@pytest.fixture
def run(bench, toys):
    assert bench("run", "--detector", "toy", "--dataset", "shapes", "--seeds", "2", "--quiet").code == 0


def test_the_suffix_of_the_file_chooses_the_format_unless_one_is_asked_for(bench, run):
    named = {"b.md": "markdown", "b.TEX": "latex", "b.csv": "csv", "b.json": "json", "b.htm": "html", "b": "markdown"}
    for name, form in named.items():
        assert bench(*BOARD, "--output", name).code == 0
        assert Path(name).read_text() == bench(*BOARD, "--format", form).out
    assert bench(*BOARD, "--output", "board.csv", "--format", "json").code == 0
    assert json.loads(Path("board.csv").read_text())[0]["detector"] == "toy"


def test_a_suffix_of_no_format_is_refused_before_anything_is_read(bench):
    result = bench("leaderboard", "shapes", "--output", "board.xlsx")
    assert (result.code, result.out, Path("board.xlsx").exists()) == (2, "", False)
    assert "'.xlsx' is the suffix of no format (known: .md, " in result.err


def test_a_metric_that_no_outcome_has_or_nobody_offers_is_named_with_those_there_are(bench, run):
    with sqlite3.connect("results/bench.db") as store:
        store.execute("DELETE FROM metrics WHERE metric = 'average_precision'")
    result = bench(*BOARD, "--metric", "average_precision")
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    assert "no outcome on 'shapes' has the metric 'average_precision'; they have average_" in result.err
    assert "bench results rescore" in result.err
    assert bench(*BOARD).code == 0
    result = bench(*BOARD, "--metric", "roc_auk")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "no metric is called 'roc_auk'. Did you mean 'roc_auc'?" in result.err


def test_a_board_where_everything_went_wrong_is_shown_and_no_metric_is_blamed(bench, toys):
    assert bench("run", "--detector", "toy_fails", "--dataset", "shapes", "--quiet").code != 2
    result = bench(*BOARD)
    assert result.code == 0
    assert "no mean yet; missing: round: failed; square: failed; tall: failed" in result.out


def test_the_cost_of_each_detector_is_a_report_of_its_own(bench, run):
    result = bench(*BOARD, "--cost")
    assert result.out.startswith("# shapes: cost\n")
    assert "| toy" in result.out
    (row,) = bench(*BOARD, "--cost", "--format", "json").json
    assert (row["detector"], row["trials"]) == ("toy", 6)
    assert row["fit_seconds"] > 0


@pytest.mark.parametrize("more", [("--rules",), ("--oracle",), ("--metric", "fpr_at_95_tpr"), ("--matrix", "toy")])
def test_options_of_other_reports_are_refused_with_the_cost(bench, toys, more):
    result = bench(*BOARD, "--cost", *more)
    assert (result.code, result.out) == (2, "")
    assert more[0] in result.err
    assert "--cost" in result.err


def test_a_trial_that_was_run_again_on_another_machine_shows_how_much_that_changes(bench, toys, monkeypatch):
    run = ("run", "--detector", "toy", "--dataset", "shapes", "--quiet")
    bench(*run)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    bench(*run, "--classes", "round", "--force")
    out = bench(*BOARD).out
    assert "environment variables: none (2 trials)" in out
    assert "=AVX2 (1 trial)" in out
    assert "1 trial run under two of these with the same code: the values of a trial are equal" in out


def test_the_details_are_a_table_of_their_own(bench, run):
    assert "Differences to the first row" not in bench(*BOARD).out
    assert "Differences to the first row" in bench(*BOARD, "--details").out
    assert bench(*BOARD, "--details", "--format", "json").json == bench(*BOARD, "--format", "json").json


def test_cost_and_baselines_of_a_run_are_on_its_board(bench, run):
    (row,) = bench(*BOARD, "--format", "json").json
    assert row["peak_memory_mib"] > 1
    assert set(row["baselines"]) == {"mean pixel", "hash"}
    assert [trial["seed"] for trial in row["trials"]["round"]] == [0, 1]
    low, high = row["trials"]["tall"][0]["interval"] or (0, 1)
    assert low <= row["trials"]["tall"][0]["value"] <= high
    assert "## Baselines" in bench(*BOARD).out
    result = bench(*BOARD, "--output", "no/such/folder/board.html")
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    assert not Path("no").exists(), "nothing is half done"
