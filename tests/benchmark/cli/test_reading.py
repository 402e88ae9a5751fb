"""`bench list`, `bench show`, `bench leaderboard`: what can be read."""

import csv
import io
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

RUN = ("run", "--detector", "toy", "--dataset", "shapes")


def test_list_detectors_tells_rules_presets_framework_plugin_and_parameters(bench, toys):
    rows = {row["name"]: row for row in bench("list", "detectors", "--format", "json").json}
    assert rows["toy"] == {
        "name": "toy",
        "summary": "Toy: toy.",
        "rules": ["distance", "brightness"],
        "presets": ["fast", "smoke"],
        "framework": "numpy",
        "parameters": [
            {"name": "power", "type": "float", "default": 2.0, "bounds": ">= 1", "doc": "Power of the difference."},
            {"name": "epochs", "type": "int", "default": 3, "bounds": ">= 1", "doc": "Epochs to report."},
        ],
        "plugin": "bench_toys",
    }
    assert rows["ocvae"]["framework"] == "keras"
    assert rows["ocvae"]["rules"][:2] == ["combined", "reconstruction"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("datasets", "digits"), ("metrics", "fpr_at_95_tpr"), ("observers", "jsonl"), ("plugins", "shallow")],
)
def test_list_shows_names_and_summaries(bench, kind, name):
    rows = {row["name"]: row for row in bench("list", kind, "--format", "json").json}
    assert rows[name]["summary"].endswith(".")
    assert name in bench("list", kind).out


def test_a_plugin_that_fails_on_import_is_a_row_with_its_error(bench, installed):
    installed("bench_broken", "import no_such_module")
    rows = {row["name"]: row for row in bench("list", "plugins", "--format", "json").json}
    assert rows["bench_broken"]["status"] == "broken"
    assert rows["bench_broken"]["error"] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert bench("run", "--detector", "pca", "--classes", "0").code == 0, "everything else works"


def test_show_detector_tells_all_there_is_to_set(bench, toys):
    out = bench("show", "toy").out
    for text in ("Toy: toy.", "distance (primary), brightness", "smoke: epochs=1", ">= 1", "Power of the difference."):
        assert text in out


def test_show_trial_prints_what_each_epoch_told_and_what_every_rule_was_worth(bench, toys):
    bench(*RUN)
    out = bench("show", bench(*RUN, "--dry-run").out.split()[0]).out
    by_epoch, by_rule = out.split("validation ROC-AUC of each rule:")
    (heading,) = [line for line in by_epoch.splitlines() if line.startswith("epoch")]
    columns = ["loss", "learning_rate", "validation ROC-AUC", "mean normal score", "sensitivity", "precision"]
    assert re.split(r" {2,}", heading.strip()) == ["epoch", *columns]
    last = next(line for line in by_epoch.splitlines() if line.startswith("3/3")).split()
    assert last[1:3] == ["0.3333", "0.1667"]
    assert re.split(r" {2,}", by_rule.strip().splitlines()[0]) == ["epoch", "distance", "brightness"]


def test_show_trial_takes_a_prefix_of_its_id(bench, toys):
    bench(*RUN)
    name = bench(*RUN, "--dry-run").out.split()[0]
    out = bench("show", name).out
    for text in (
        "toy shapes/round seed 0",
        "roc_auc",
        "standard error",
        "3/3",
        "fit seconds",
        "wall seconds",
        "parameters",
    ):
        assert text in out
    assert bench("show", "0123456789abcdef").code == 1
    assert bench("show", name[:3]).code == 1, "too short to be a choice"


def test_show_trial_has_the_interval_of_what_has_a_standard_error(bench, toys):
    tall = (*RUN, "--classes", "tall")
    bench(*tall)
    out = bench("show", bench(*tall, "--dry-run").out.split()[0]).out
    (table,) = [part for part in out.split("\n\n") if "standard error" in part]
    heading, _, *rows = [re.split(r" {2,}", line.strip()) for line in table.splitlines()]
    assert heading == ["rule", "metric", "value", "standard error", "95 % interval"]
    cells = {(rule, metric): rest for rule, metric, *rest in rows}
    value, _, interval = cells["brightness", "roc_auc"]
    low, high = map(float, interval.split(" to "))
    assert 0.2 < low < float(value) == 0.5 < high < 0.8, "one of the others is brighter, one is darker"
    assert cells["distance", "roc_auc"] == ["1.0000", "0.0000"], "nothing honest can be said of a perfect ranking"
    assert len(cells["brightness", "fpr_at_95_tpr"]) == 1, "without a standard error there is no interval"


def test_operating_points_of_a_trial_say_which_one_needs_no_label(bench, toys):
    bench(*RUN)
    trial = bench(*RUN, "--dry-run").out.split()[0]
    out = bench("show", trial, "--operating-points", "--rule", "brightness").out
    assert out.startswith("toy shapes/round seed 0, rule brightness: 40 anomalous and 20 normal test images\n")
    table = [re.split(r" {2,}", line.strip()) for line in out.split("\n\n")[1].splitlines()]
    assert table[0] == ["point", "threshold", "sensitivity", "specificity", "needs"]
    unlabelled = [row for row in table[2:] if row[-1] == "no label"]
    assert [row[0].split(", ")[-1] for row in unlabelled] == ["label-free"]
    assert any("Youden's J" in row[0] and row[-1] == "labels" for row in table[2:])
    assert "The label-free threshold is the 95 % quantile of the scores of held-out normal images" in out
    assert bench("show", trial, "--operating-points").out.startswith("toy shapes/round seed 0, rule distance: ")


def test_operating_points_without_held_out_images_are_from_the_training_images(bench, toys):
    without = (*RUN, "--validation", "0")
    bench(*without)
    out = bench("show", bench(*without, "--dry-run").out.split()[0], "--operating-points").out
    assert "the 95 % quantile of the scores of training images (none were held out)" in out


def test_operating_points_that_cannot_be_had_are_one_line(bench, toys):
    run = ("run", "--detector", "toy_fails", "--detector", "toy_half", "--dataset", "shapes", "--classes", "round")
    bench(*run)
    failed, half = (line.split()[0] for line in bench(*run, "--dry-run").out.splitlines()[:2])
    for arguments, told in (
        ((failed,), "has no operating points: the trial is failed"),
        ((half, "--rule", "brightness"), "has no operating points: the audit gave rule 'brightness' no number"),
        ((half, "--rule", "bright"), "no rule of 'toy_half' is called 'bright'. Did you mean 'brightness'?"),
    ):
        said = bench("show", *arguments, "--operating-points")
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
        assert told in said.err
    assert bench("show", "toy", "--operating-points").code == 2
    assert bench("show", half, "--rule", "distance").code == 2, "all rules are shown without"


def test_the_json_board_has_what_programs_need(bench, toys):
    bench(*RUN, "--seeds", "2")
    (row,) = bench("leaderboard", "shapes", "--format", "json").json
    assert row["rank"] == 1
    assert (row["detector"], row["rule"], row["params"]) == ("toy", "distance", {"power": 2.0, "epochs": 3})
    assert row["mean"] == pytest.approx(sum(row["tasks"].values()) / 3)
    assert set(row["tasks"]) == {"round", "square", "tall"}
    assert row["status"] == {"ok": 6}
    assert row["fit_seconds"] >= 0
    assert row["score_seconds"] >= 0


def test_the_board_by_another_metric_follows_its_direction(bench, toys):
    bench(*RUN, "--set", "power=1,2")
    for metric, best in (("roc_auc", max), ("fpr_at_95_tpr", min)):
        rows = bench("leaderboard", "shapes", "--metric", metric, "--rules", "--format", "json").json
        assert rows[0]["rank"] == 1
        assert rows[0]["mean"] == best(row["mean"] for row in rows)


def test_the_csv_board_has_a_line_a_row(bench, toys):
    bench(*RUN)
    (row,) = csv.DictReader(io.StringIO(bench("leaderboard", "shapes", "--format", "csv").out))
    assert row["detector"] == "toy"
    assert row["status"] == "ok=3"
    assert float(row["task round"]) > 0.9


def test_output_goes_to_the_file_instead(bench, toys):
    bench(*RUN)
    said = bench("leaderboard", "shapes", "--output", "board.md")
    assert said.out == ""
    assert Path("board.md").read_text() == Path("results/shapes.md").read_text()


def test_a_store_can_be_read_for_a_dataset_and_detector_that_are_gone(bench, installed, toys):
    from benchmark.registry import registry

    bench(*RUN)
    site = Path("..") / "site"
    (site / "bench_toys.py").write_text("raise RuntimeError('gone')")
    import sys

    sys.modules.pop("bench_toys")
    registry.cache_clear()
    (row,) = bench("leaderboard", "shapes", "--format", "json").json
    assert row["mean"] > 0.9
    assert row["settings"] == "power=2.0, epochs=3, noise=20", "its defaults are unknown now"


def test_a_tiny_plugin_is_found_by_its_entry_point_and_ranked(bench, installed):
    installed("bench_tiny", TINY)
    assert bench("run", "--detector", "tiny", "--detector", "pca", "--dataset", "digits", "--classes", "0-9").code == 0
    rows = bench("leaderboard", "digits", "--format", "json").json
    assert [row["rank"] for row in rows] == [1, 2]
    assert {row["detector"] for row in rows} == {"tiny", "pca"}


TINY = '''
"""A detector in a few lines."""

from dataclasses import dataclass

import numpy as np
from benchmark import Detector, DetectorSpec, hookimpl


@dataclass(frozen=True)
class Options:
    pass


class Tiny(Detector):
    def __init__(self, options):
        pass

    def fit(self, images, context):
        self.mean = images.mean(axis=0)

    def score(self, images):
        return {"distance": np.square(images - self.mean, dtype=np.float64).sum(axis=(1, 2, 3))}


@hookimpl
def bench_detectors():
    return [DetectorSpec(
        name="tiny", summary="Distance to the mean image.", version="1",
        config=Options, build=Tiny, rules=("distance",),
    )]
'''
