"""`bench list`, `bench show`, `bench leaderboard`: what can be read."""

import csv
import io
import json
from pathlib import Path

import pytest
from texts import markdown_tables

pytestmark = pytest.mark.slow

RUN = ("run", "--detector", "toy", "--dataset", "shapes")


def test_list_detectors_has_rules_presets_framework_plugin_and_parameters(bench, toys):
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
    ("category", "name"),
    [("datasets", "digits"), ("metrics", "fpr_at_95_tpr"), ("observers", "jsonl"), ("plugins", "shallow")],
)
def test_list_shows_names_and_summaries(bench, category, name):
    rows = {row["name"]: row for row in bench("list", category, "--format", "json").json}
    assert rows[name]["summary"].endswith(".")
    assert name in bench("list", category).out


def test_list_metrics_shows_chance_and_version(bench):
    rows = {row["name"]: row for row in bench("list", "metrics", "--format", "json").json}
    assert (rows["average_precision_at_10"]["chance"], rows["average_precision_at_10"]["version"]) == (0.1, "1")
    assert rows["average_precision"]["chance"] is None, "it depends on the images"
    assert "chance" in bench("list", "metrics").out


def test_a_plugin_that_fails_on_import_is_a_row_with_its_error(bench, installed):
    installed("bench_broken", "import no_such_module")
    rows = {row["name"]: row for row in bench("list", "plugins", "--format", "json").json}
    assert rows["bench_broken"]["status"] == "broken"
    assert rows["bench_broken"]["error"] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert bench("run", "--detector", "pca", "--classes", "0").code == 0, "everything else works"


def test_show_detector_has_its_rules_presets_and_parameters(bench, toys):
    facts, parameters = markdown_tables(bench("show", "toy").out)
    facts = dict(facts)
    assert facts["summary"] == "Toy: toy."
    assert facts["rules"] == "distance (primary), brightness"
    assert (facts["preset fast"], facts["preset smoke"]) == ("the defaults", "epochs=1")
    assert parameters == [
        ["parameter", "type", "default", "bounds", "meaning"],
        ["power", "float", "2.0", ">= 1", "Power of the difference."],
        ["epochs", "int", "3", ">= 1", "Epochs to report."],
    ]


def test_show_detector_in_json_and_csv_has_the_parameters_as_plain_values(bench, toys):
    plain = bench("show", "toy", "--format", "json").json
    assert (plain["name"], plain["framework"], plain["plugin"]) == ("toy", "numpy", "bench_toys")
    assert plain["rules"] == ["distance", "brightness"]
    assert plain["presets"] == {"fast": {}, "smoke": {"epochs": 1}}
    assert plain["parameters"] == [
        {"name": "power", "type": "float", "default": 2.0, "bounds": ">= 1", "doc": "Power of the difference."},
        {"name": "epochs", "type": "int", "default": 3, "bounds": ">= 1", "doc": "Epochs to report."},
    ]
    rows = list(csv.DictReader(io.StringIO(bench("show", "toy", "--format", "csv").out)))
    assert [(row["name"], row["default"]) for row in rows] == [("power", "2.0"), ("epochs", "3")]


def test_show_trial_has_the_values_of_each_epoch_and_the_validation_roc_auc_of_every_rule(bench, toys):
    bench(*RUN)
    out = bench("show", bench(*RUN, "--dry-run").out.split()[0]).out
    assert out.index("## Epochs") < out.index("## Validation ROC-AUC of each rule")
    *_, by_epoch, by_rule = markdown_tables(out)
    columns = ["loss", "learning_rate", "validation ROC-AUC", "mean normal score", "sensitivity", "precision"]
    assert by_epoch[0] == ["epoch", *columns]
    assert [row[0] for row in by_epoch[1:]] == [row[0] for row in by_rule[1:]] == ["1/3", "2/3", "3/3"]
    assert by_epoch[-1][1:3] == ["0.3333", "0.1667"]
    assert by_rule[0] == ["epoch", "distance", "brightness"]


def test_show_trial_in_json_has_the_id_the_status_the_metrics_and_the_curves(bench, toys):
    bench(*RUN)
    name = bench(*RUN, "--dry-run").out.split()[0]
    text = bench("show", name, "--format", "json").out
    plain = json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    assert plain["id"].startswith(name)
    assert (plain["status"], plain["trial"]["detector"], plain["trial"]["task"]) == ("ok", "toy", "round")
    assert set(plain["metrics"]) == {"distance", "brightness"}
    assert [epoch["number"] for epoch in plain["curves"]] == [1, 2, 3]
    assert plain["curves"][-1]["losses"]["loss"] == pytest.approx(1 / 3)
    rows = csv.DictReader(io.StringIO(bench("show", name, "--format", "csv").out))
    values = {(row["rule"], row["metric"]): float(row["value"]) for row in rows}
    assert values["distance", "roc_auc"] == plain["metrics"]["distance"]["roc_auc"]["value"]


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
    _, (heading, *rows), *_ = markdown_tables(bench("show", bench(*tall, "--dry-run").out.split()[0]).out)
    columns = ["rule", "metric", "value", "chance", "95 % interval", "for other classes", "standard error"]
    assert heading == columns
    cells = {(rule, metric): rest for rule, metric, *rest in rows}
    value, chance, interval, *_ = cells["brightness", "roc_auc"]
    assert chance == "0.5000"
    low, high = map(float, interval.split(" to "))
    assert 0.2 < low < float(value) == 0.5 < high < 0.8, "one of the others is brighter, one is darker"
    assert cells["distance", "roc_auc"][2:] == ["", "", "0.0000"], "a perfect ranking has no interval"
    assert cells["brightness", "fpr_at_95_tpr"][1:] == ["0.9500", "", "", ""], (
        "without a standard error there is no interval"
    )


def test_operating_points_of_a_trial_name_the_one_that_needs_no_labels(bench, toys):
    half = (*RUN, "--validation", "0.5")
    bench(*half)
    trial = bench(*half, "--dry-run").out.split()[0]
    out = bench("show", trial, "--operating-points", "--rule", "brightness").out
    assert out.startswith("# toy shapes/round seed 0, rule brightness: 40 anomalous and 20 normal test images\n")
    (table,) = markdown_tables(out)
    assert table[0] == ["point", "threshold", "sensitivity", "specificity", "needs"]
    unlabelled = [row for row in table[1:] if row[-1] == "no labels"]
    assert [row[0].split(", ")[-1] for row in unlabelled] == ["label-free"]
    assert any("Youden's J" in row[0] and row[-1] == "labels" for row in table[1:])
    text = "held-out normal images, for a false-alarm rate of at most 5 %: expected "
    assert "The label-free threshold is " in out
    assert text in out
    assert text in bench("show", trial).out
    assert bench("show", trial, "--operating-points").out.startswith("# toy shapes/round seed 0, rule distance: ")


def test_too_few_held_out_images_give_no_threshold_and_the_reason_is_shown(bench, toys):
    bench(*RUN)
    trial = bench(*RUN, "--dry-run").out.split()[0]
    for arguments in ((), ("--operating-points",)):
        out = bench("show", trial, *arguments).out
        assert "too few held-out normal images (" in out
        assert "it needs 19" in out


def test_operating_points_without_held_out_images_are_from_the_training_images(bench, toys):
    without = (*RUN, "--validation", "0")
    bench(*without)
    out = bench("show", bench(*without, "--dry-run").out.split()[0], "--operating-points").out
    assert "training images (none were held out), so its false-alarm rate is not known" in out


def test_operating_points_that_cannot_be_had_are_one_line(bench, toys):
    run = ("run", "--detector", "toy_fails", "--detector", "toy_half", "--dataset", "shapes", "--classes", "round")
    bench(*run)
    failed, half = (line.split()[0] for line in bench(*run, "--dry-run").out.splitlines()[:2])
    for arguments, message in (
        ((failed,), "has no operating points: the trial is failed"),
        ((half, "--rule", "brightness"), "has no operating points: the audit rejected rule 'brightness'"),
        ((half, "--rule", "bright"), "no rule of 'toy_half' is called 'bright'. Did you mean 'brightness'?"),
    ):
        result = bench("show", *arguments, "--operating-points")
        assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
        assert message in result.err
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
    result = bench("leaderboard", "shapes", "--output", "board.md")
    assert result.out == ""
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


def test_a_tiny_plugin_is_discovered_by_its_entry_point_and_ranked(bench, installed):
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
