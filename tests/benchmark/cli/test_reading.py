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
