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
    assert "no outcome on 'shapes' has the metric 'average_precision'; they have fpr_at_95_tpr, roc_auc" in result.err
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
