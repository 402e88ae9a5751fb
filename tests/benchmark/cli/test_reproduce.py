"""`bench reproduce`: from a recipe to classes side by side, its exit codes, and what it refuses."""

import csv
import dataclasses
from pathlib import Path

import pytest

from benchmark.cli.reproduce import paper_preset
from benchmark.interfaces.errors import UnknownName
from benchmark.reports.published.ledger import Entry

pytestmark = pytest.mark.slow

TASKS = ("round", "square", "tall")
SHAPES = ("--dataset", "shapes", "--ledger", "own.csv", "--workers", "1")
TOY = ("reproduce", "toy_published", *SHAPES)


@pytest.fixture
def ledger(bench):
    """A function that writes the numbers of the three shapes, as fractions, to `own.csv`."""

    def write(*values, comparable="yes"):
        line = {
            "key": "toy_2018", "method": "Toy", "paper": "Doe et al., Toys", "venue": "ICML", "year": 2018,
            "dataset": "shapes", "spread_kind": "none", "comparable": comparable, "source": "Table 1",
        }  # fmt: skip
        with Path("own.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, [field.name for field in dataclasses.fields(Entry)])
            writer.writeheader()
            for index, (task, value) in enumerate(zip(TASKS, values, strict=True)):
                writer.writerow({**line, "task": task, "class_index": index, "auc": 100 * value})

    return write


def test_a_recipe_is_run_and_each_class_stands_beside_what_is_published(bench, toys, ledger):
    ledger(0.5, 0.5, 0.5)
    result = bench(*TOY, "--seeds", "2", "--format", "json")
    assert result.code == 0
    assert "6 trials to run" in result.err
    assert (result.json["preset"], result.json["seeds"]) == ("paper", 2)
    assert result.json["settings"] == "power=3.0, validation=0.0", "the recipe holds out nothing"
    ours = [line["ours"] for line in result.json["classes"]]
    assert result.json["mean"]["ours"] == pytest.approx(sum(ours) / 3)
    assert result.json["mean"]["computed"] is True

    ledger(ours[0] + 0.02, ours[1] - 0.004, ours[2] - 0.02)
    again = bench(*TOY, "--seeds", "2")
    assert "0 trials to run, 6 already in the store" in again.err
    rows = {line.split("|")[1].strip(): line for line in again.out.splitlines() if line.startswith("|")}
    assert [rows[task].split("|")[6].strip() for task in TASKS] == ["below", "within", "above"]
    assert list(rows)[-1] == "mean"
    assert "Doe et al., Toys, ICML 2018; Table 1" in again.out


def test_strict_fails_on_what_is_below_and_on_nothing_else(bench, toys, ledger):
    seeds = ("--seeds", "2")
    ledger(0.1, 0.1, 0.1)
    assert bench(*TOY, *seeds, "--strict").code == 0, "above is no failure"
    ledger(1.0, 0.1, 0.1)
    assert bench(*TOY, *seeds).code == 0
    assert bench(*TOY, *seeds, "--strict").code == 1
    ledger(1.0, 1.0, 1.0, comparable="hard labels")
    result = bench(*TOY, *seeds, "--strict")
    assert result.code == 0
    assert "- round, square, tall, mean: not comparable: hard labels" in result.out


def test_strict_with_one_seed_is_refused_since_it_could_not_fail(bench, toys, ledger):
    ledger(1.0, 1.0, 1.0)
    result = bench(*TOY, "--strict")
    assert (result.code, "--strict needs at least --seeds 2" in result.err) == (2, True)
    rows = bench(*TOY, "--format", "json").json
    assert [line["verdict"] for line in rows["classes"]] == ["one seed"] * 3


def test_what_fails_is_missing_and_exits_1(bench, toys, ledger):
    ledger(0.9, 0.9, 0.9)
    result = bench("reproduce", "toy_published_fails", *SHAPES)
    assert result.code == 1
    assert "No mean of ours yet. Missing: round: failed" in result.out


def test_the_report_goes_to_output_and_the_outcomes_to_store(bench, toys, ledger):
    ledger(0.9, 0.9, 0.9)
    result = bench(*TOY, "--output", "reproduction.md", "--store", "other.db", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")
    title, *_ = Path("reproduction.md").read_text().splitlines()
    assert title == "# toy_published on shapes beside the published numbers: ROC-AUC in %"
    assert Path("other.db").is_file()


def test_the_board_stands_beside_a_ledger_of_ones_own(bench, toys, ledger):
    ledger(0.9, 0.9, 0.9)
    bench(*TOY)
    (row,) = bench("leaderboard", "shapes", "--ledger", "own.csv", "--format", "json").json
    assert row["published"]["published"] == pytest.approx(0.9)
    (row,) = bench("leaderboard", "shapes", "--format", "json").json
    assert "published" not in row, "nobody has published on the shapes"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("toy", *SHAPES), "detector 'toy' has no published numbers to compare with"),
        (("toy_recipeless", *SHAPES), "no preset 'paper' and none for the dataset 'shapes'"),
        (("toy_published", "--dataset", "digits", "--ledger", "own.csv"), "on 'digits'; it has them on: shapes"),
        (("toy_published", "--dataset", "shapes"), "on 'shapes'; it has them on: no dataset"),
        (("toy_publishe", *SHAPES), "Did you mean 'toy_published'?"),
        (("toy_published", "--dataset", "shape"), "no dataset is called 'shape'"),
        (("toy_published", "--dataset", "shapes", "--ledger", "no.csv"), "no.csv cannot be read"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line_before_anything_runs(bench, toys, ledger, arguments, message):
    ledger(0.9, 0.9, 0.9)
    result = bench("reproduce", *arguments)
    assert result.code == 1
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not Path("results").exists()


def test_a_line_of_a_ledger_that_is_none_is_named(bench, toys, ledger):
    ledger(0.9, 0.9, 9.0)
    assert "own.csv, line 4: auc is a number from 0 to 100" in bench(*TOY).err


def test_the_recipe_of_the_dataset_goes_before_the_general_one(toys):
    spec = toys.detectors["toy_published"]
    assert (paper_preset(spec, "digits"), paper_preset(spec, "shapes")) == ("paper_digits", "paper")
    with pytest.raises(UnknownName):
        paper_preset(toys.detectors["toy"], "shapes")
