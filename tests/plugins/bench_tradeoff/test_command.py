"""`bench tradeoff`: from a run to the report, and the requests that it refuses."""

import sys
from pathlib import Path

import pytest
from run_here import run_here

from benchmark.registry import registry
from benchmark.results import Store
from benchmark.running.plan import plan
from benchmark.running.request import DatasetChoice, DetectorChoice, Request

pytestmark = pytest.mark.slow

NAMES = ("--conditioned", "toy_conditioned", "--separate", "toy_weighted")
SHAPES = ("tradeoff", "shapes", *NAMES)


SWEEP = Path(__file__).parents[2] / "toys" / "bench_sweep.py"


@pytest.fixture
def toys(installed, toys):
    """The registry, with the plugin of `toys/bench_sweep.py` beside the usual one."""
    installed("bench_sweep", SWEEP.read_text())
    return registry()


@pytest.fixture
def store(bench, toys):
    """A function that runs a toy on the shapes in this process and stores the outcomes."""

    def keep(detector, *, validation_only=False, classes="", **values):
        request = Request(
            detectors=(DetectorChoice(name=detector, values=values),),
            datasets=(DatasetChoice(name="shapes"),),
            validation_only=validation_only,
            classes=classes,
        )
        with Store(Path("results/bench.db"), create=True) as kept:
            for job in plan(request, toys):
                kept.add(run_here(toys, job))

    return keep


@pytest.fixture
def both(store):
    """The outcomes that a report on the shapes needs."""
    store("toy_conditioned")
    for weight in (0.01, 0.1):
        store("toy_weighted", weight=weight)


def test_what_was_run_becomes_two_curves_and_a_picture(bench, toys):
    run = ("run", "--dataset", "digits", "--classes", "0-9", "--detector")
    assert bench(*run, "toy_conditioned").code == 0
    assert bench(*run, "toy_weighted", "--set", "weight=0.01,0.1").code == 0
    found = bench("tradeoff", "digits", *NAMES, "--format", "json", "--plot", "curve.png").json
    once, anew = found["conditioned"], found["separate"]
    assert [point["value"] for point in once["points"]] == [0.01, 0.1, 1.0]
    assert [point["value"] for point in anew["points"]] == [0.01, 0.1]
    for ours, theirs in zip(once["points"], anew["points"], strict=False):
        assert ours["mean"] == pytest.approx(theirs["mean"]), "the toys differ in nothing but how often they fit"
    assert found["chosen"] == {str(digit): [0.1] for digit in range(10)}
    assert once["choice"]["mean"] == pytest.approx(once["points"][1]["mean"])
    assert (once["cost"]["trials"], anew["cost"]["trials"]) == (10, 20)
    assert 0 < once["cost"]["fit_seconds"] < once["cost"]["wall_seconds"]
    assert Path("curve.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_markdown_is_the_default_and_goes_to_a_file_when_asked(bench, both):
    said = bench(*SHAPES)
    assert said.out.startswith("# shapes: ROC-AUC in %, higher is better, by weight\n")
    assert bench(*SHAPES, "--output", "tradeoff.md").out == ""
    assert Path("tradeoff.md").read_text() == said.out


def test_another_metric_is_compared_when_asked(bench, both):
    assert bench(*SHAPES, "--metric", "fpr_at_95_tpr").out.startswith("# shapes: FPR at 95 % TPR in %, lower is better")


def test_validation_runs_are_compared_only_with_validation_runs(bench, both, store):
    said = bench(*SHAPES, "--validation")
    assert said.code == 1
    assert "bench run --dataset shapes --validation-only --detector" in said.err
    store("toy_conditioned", validation_only=True)
    store("toy_weighted", validation_only=True)
    assert bench(*SHAPES, "--validation", "--format", "json").json["validation"] is True


def test_trials_off_the_defaults_are_left_out_and_named(bench, both, store):
    store("toy_weighted", weight=0.01, power=3.0)
    found = bench(*SHAPES, "--format", "json").json
    assert found["separate"]["settings"] == ""
    assert found["separate"]["cost"]["trials"] == 6
    assert any("toy_weighted with power=3.0 is left out (3 trials)" in remark for remark in found["remarks"])


def test_what_is_not_stored_is_one_line_with_the_command_that_makes_it(bench, store):
    store("toy_conditioned")
    said = bench(*SHAPES)
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "bench run --dataset shapes --detector toy_weighted --set weight=0.01,0.1,1" in said.err


def test_a_detector_that_is_complete_nowhere_is_one_line_with_the_tasks_that_are_missing(bench, store):
    store("toy_conditioned", classes="round")
    store("toy_weighted")
    said = bench(*SHAPES)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "missing: square: not run; tall: not run" in said.err


def test_a_detector_without_such_rules_is_one_line(bench, both):
    said = bench("tradeoff", "shapes", "--conditioned", "toy_weighted", "--separate", "toy_conditioned")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "'toy_weighted' has no rule of the form PARAM=VALUE (its rules: combined)" in said.err


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            "--conditioned",
            "no outcome of 'no_such_name' on 'shapes' for this report (it has outcomes of toy_conditioned, ",
        ),
        ("--separate", "no outcome of 'no_such_name' on 'shapes'"),
        ("--metric", "no metric is called 'no_such_name'"),
    ],
)
def test_a_name_that_does_not_exist_is_one_line(bench, both, option, message):
    said = bench(*SHAPES, option, "no_such_name")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert message in said.err


def test_every_format_can_be_written_to_a_file(bench, both):
    for suffix in ("md", "tex", "html", "csv", "json"):
        assert bench(*SHAPES, "--output", f"tradeoff.{suffix}").code == 0
        assert "toy_weighted" in Path(f"tradeoff.{suffix}").read_text().replace("\\_", "_")


def test_the_help_is_shown_without_a_store(bench):
    said = bench("tradeoff", "--help")
    assert said.code == 0
    assert said.out.startswith("Usage: bench tradeoff [OPTIONS] DATASET")


def test_a_suffix_that_is_no_picture_is_refused_before_any_work(bench, toys):
    said = bench("tradeoff", "shapes", "--plot", "curve.jpeg")
    assert (said.code, said.err) == (1, "bench: a picture ends in .png, .svg or .pdf; not in '.jpeg'\n")


def test_without_matplotlib_a_picture_is_one_line_with_the_cure(bench, both, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = bench(*SHAPES, "--plot", "curve.png")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "matplotlib, which is not installed here; run: pip install 'oneclass-bench[report]'" in said.err
    assert bench(*SHAPES).code == 0, "a table needs none"


def test_a_picture_that_cannot_be_written_leaves_nothing_behind(bench, both):
    before = sorted(Path().iterdir())
    said = bench(*SHAPES, "--plot", "no/such/folder/curve.svg")
    assert (said.code, said.out) == (1, "")
    assert "cannot be written" in said.err
    assert sorted(Path().iterdir()) == before
