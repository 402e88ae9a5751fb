"""`bench compare` and `bench leaderboard --matrix`: from a store to the two views, and what they refuse."""

import csv
import io
import json
from pathlib import Path

import pytest
from run_here import run_here

from benchmark.results import Store
from benchmark.running.plan import plan
from benchmark.running.request import DatasetChoice, DetectorChoice, Request

pytestmark = pytest.mark.slow

MATRIX = ("leaderboard", "shapes", "--matrix")


@pytest.fixture
def store(bench, toys):
    """A function that runs a toy in this process and keeps what comes."""

    def keep(detector, *, dataset="shapes", validation_only=False, classes="", seeds=(0,), validation=None, **values):
        request = Request(
            detectors=(DetectorChoice(name=detector, values=values),),
            datasets=(DatasetChoice(name=dataset),),
            validation_only=validation_only,
            classes=classes,
            seeds=seeds,
            validation=validation,
        )
        with Store(Path("results/bench.db"), create=True) as opened:
            for job in plan(request, toys):
                opened.add(run_here(toys, job))

    return keep


@pytest.fixture
def both(store):
    store("toy")
    store("toy_random")


@pytest.fixture
def halves(store):
    """Enough held-out images for a threshold."""
    store("toy", validation=0.5)
    store("toy_random", validation=0.5)


def test_two_detectors_that_are_on_one_dataset_need_no_dataset(bench, both):
    result = bench("compare", "toy", "toy_random")
    assert result.code == 0
    assert result.out.startswith("# shapes: toy against toy_random, ROC-AUC in %, higher is better\n")
    assert "no errors are counted on round, square, tall, since there is no threshold: too few held-out" in result.out
    assert bench("compare", "toy", "toy_random", "--output", "both.md").out == ""
    assert Path("both.md").read_text() == result.out


def test_errors_are_counted_where_enough_images_are_held_out(bench, halves):
    assert "## Where they disagree" in bench("compare", "toy", "toy_random").out


def test_the_numbers_are_those_of_the_board(bench, halves):
    comparison = bench("compare", "toy", "toy_random", "--format", "json").json
    rows = {row["detector"]: row for row in bench("leaderboard", "shapes", "--format", "json").json}
    assert comparison["a"]["mean"] == pytest.approx(rows["toy"]["mean"])
    assert {task["task"]: task["b"]["value"] for task in comparison["tasks"]} == pytest.approx(
        rows["toy_random"]["tasks"]
    )
    for task in comparison["tasks"]:
        counts = task["disagreement"]
        wrong = [sum(counts[who].values()) for who in ("both_wrong", "only_a_wrong", "only_b_wrong")]
        assert counts["right"] + sum(wrong) == counts["images"] == 60


def test_a_rule_and_a_setting_are_picked_in_the_name(bench, store):
    store("toy")
    store("toy", power=1.5)
    comparison = bench("compare", "toy@brightness", "toy:power=1.5,epochs=3", "--format", "json").json
    assert (comparison["a"]["name"], comparison["a"]["rule"]) == ("toy@brightness", "brightness")
    assert (comparison["b"]["name"], comparison["b"]["params"]) == ("toy:power=1.5", {"power": 1.5, "epochs": 3})


def test_only_seeds_that_both_have_are_compared(bench, store):
    store("toy", seeds=(0, 1))
    store("toy_random")
    comparison = bench("compare", "toy", "toy_random", "--format", "json").json
    assert [task["seeds"] for task in comparison["tasks"]] == [[0]] * 3
    assert "left out because toy_random has no number: round (seed 1): not run" in comparison["remarks"][0]


def test_runs_without_test_images_are_no_matter_of_it(bench, store):
    store("toy")
    store("toy_random", validation_only=True)
    result = bench("compare", "toy", "toy_random")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "toy on shapes; toy_random on none" in result.err


def test_two_datasets_are_a_question(bench, both, store):
    store("toy", dataset="digits", classes="0")
    store("toy_random", dataset="digits", classes="0")
    result = bench("compare", "toy", "toy_random")
    assert (result.code, result.out) == (1, "")
    assert result.err == "bench: toy and toy_random both have outcomes on digits, shapes; choose one with --dataset\n"
    assert [
        t["task"]
        for t in bench("compare", "toy", "toy_random", "--dataset", "digits", "--format", "json").json["tasks"]
    ] == ["0"]


def test_a_name_that_several_settings_match_lists_them(bench, store):
    store("toy")
    store("toy_random", power=1.5)
    store("toy_random", power=3.0)
    result = bench("compare", "toy", "toy_random")
    assert (result.code, result.err.count("\n")) == (1, 1)
    _, _, choices = result.err.strip().partition("choose one of: ")
    assert sorted(choices.split("; ")) == ["toy_random:power=1.5", "toy_random:power=3.0"]


@pytest.mark.parametrize(
    ("pick", "message"),
    [
        ("toi", "no detector is called 'toi'. Did you mean 'toy'?"),
        ("toy@distanz", "no rule of 'toy' is called 'distanz'. Did you mean 'distance'?"),
        ("toy:powr=1", "no setting of 'toy' is called 'powr'. Did you mean 'power'?"),
        ("toy:power=9", "no row of 'toy' on 'shapes' has power=9; choose one of: toy (the defaults)"),
        ("toy:power=1,2", "give one value of power; not 'power=1,2'"),
        ("toy:power=2,power=2", "power is given twice in 'power=2,power=2'"),
        ("toy:power", "a setting is written as KEY=VALUE; not 'power'"),
        ("toy:", "a detector is picked as NAME, NAME@RULE or NAME@RULE:KEY=VALUE,...; not 'toy:'"),
        ("@distance", "a detector is picked as NAME"),
        ("toy_fails", "no outcome of 'toy_fails' on 'shapes'"),
    ],
)
@pytest.mark.parametrize("view", [("compare", "toy", "--dataset", "shapes"), MATRIX])
def test_what_is_not_there_is_one_line(bench, both, view, pick, message):
    result = bench(*view, pick)
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    assert message in result.err


def test_unknown_datasets_metrics_and_stores_are_one_line(bench, both):
    for more, message in (
        (("--dataset", "shpes"), "no dataset is called 'shpes'. Did you mean 'shapes'?"),
        (("--metric", "roc"), "no metric is called 'roc'"),
        (("--store", "no.db"), "there is no store at no.db"),
    ):
        result = bench("compare", "toy", "toy_random", *more)
        assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
        assert message in result.err


def test_trials_that_failed_everywhere_are_one_line_with_their_status(bench, store):
    store("toy")
    store("toy_fails")
    result = bench("compare", "toy", "toy_fails")
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    assert "left out because toy_fails has no number: round: failed; square: failed" in result.err


def test_the_matrix_has_a_row_for_each_class_and_the_task_in_the_last_column(bench, both):
    rows = {row["normal"]: row for row in csv.DictReader(io.StringIO(bench(*MATRIX, "toy", "--format", "csv").out))}
    (board,) = [row for row in bench("leaderboard", "shapes", "--format", "json").json if row["detector"] == "toy"]
    assert list(rows) == ["round", "square", "tall"]
    for task, row in rows.items():
        assert row[task] == ""
        assert float(row["all"]) == pytest.approx(board["tasks"][task])


def test_the_matrix_is_of_a_rule_when_asked_and_goes_to_a_file(bench, both):
    result = bench(*MATRIX, "toy@brightness")
    title = "# shapes: toy@brightness, normal class (rows) against each anomalous class (columns)"
    assert result.out.splitlines()[0] == title
    assert "\nHardest pairs: " in result.out
    assert bench(*MATRIX, "toy@brightness", "--output", "matrix.json").out == ""
    assert json.loads(Path("matrix.json").read_text())["detector"] == "toy@brightness"


def test_the_matrix_of_the_validation_images_is_separate(bench, both, store):
    assert "bench run --dataset shapes --validation-only --detector NAME" in bench(*MATRIX, "toy", "--validation").err
    store("toy", validation_only=True)
    assert bench(*MATRIX, "toy", "--validation", "--format", "json").json["validation"] is True


@pytest.mark.parametrize(
    "more", [("--rules",), ("--oracle",), ("--details",), ("--metric", "fpr_at_95_tpr"), ("--ledger", "own.csv")]
)
def test_an_option_of_the_ranking_alone_is_refused_with_a_matrix(bench, toys, more):
    Path("own.csv").touch()
    result = bench(*MATRIX, "toy", *more)
    assert (result.code, result.out) == (2, "")
    assert f"{more[0]} applies to the ranking; --matrix shows" in result.err
