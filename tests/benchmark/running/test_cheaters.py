"""Detectors that try to learn what they must not know: each is prevented, or found by name."""

from dataclasses import fields
from pathlib import Path

import pytest

from benchmark import FitContext
from benchmark.conformance import examine, subject_of
from benchmark.registry import registry
from benchmark.results import Store
from benchmark.running.engine import TrialFinished
from benchmark.running.plan import plan
from benchmark.running.processes import ProcessEngine
from benchmark.running.request import DatasetChoice, DetectorChoice, Request
from benchmark.running.verify_models import DIFFERS, sample_trials, verify_models

pytestmark = pytest.mark.slow

CHEATERS = Path(__file__).parents[2] / "toys" / "bench_cheaters.py"


@pytest.fixture
def known(installed):
    installed("bench_cheaters", CHEATERS.read_text())
    return registry()


@pytest.fixture
def run(known, monkeypatch):
    """A function: names of detectors -> their outcomes on a class of `digits`, from real workers."""
    monkeypatch.setenv("BENCH_DATA", "/a/folder/of/datasets")

    def outcomes(*names):
        request = Request(
            detectors=tuple(DetectorChoice(name=name) for name in names),
            datasets=(DatasetChoice(name="digits"),),
            classes="3,8",
        )
        events = ProcessEngine(workers=1, known=known).run(plan(request, known))
        ended = [event.outcome for event in events if isinstance(event, TrialFinished)]
        assert [outcome.status for outcome in ended] == ["ok"] * 2 * len(names)
        finished = {outcome.trial.detector: outcome for outcome in ended if outcome.trial.task == "8"}
        return [finished[name] for name in names]

    return outcomes


def area(outcome):
    return outcome.metrics["distance"]["roc_auc"].value


def test_the_order_of_the_held_out_images_says_nothing(run):
    honest, cheater = run("honest", "cheat_order")
    assert area(cheater) < area(honest) + 0.01


def test_the_seed_tells_the_task_but_not_the_order_of_the_images(run):
    honest, cheater = run("honest", "cheat_seed")
    assert cheater.facts["orders"] == 5, "it has found the task"
    assert area(cheater) < area(honest) + 0.01


def test_the_context_holds_no_label_and_no_image(run):
    (cheater,) = run("cheat_listener")
    assert cheater.facts == {"arrays in the context": 0}
    assert {field.name for field in fields(FitContext)} == {"seed", "device", "threads", "listener"}


def test_no_frame_and_no_object_of_the_worker_holds_a_label(run):
    (cheater,) = run("cheat_frames")
    assert cheater.facts == {"labels found": 0}


def test_a_worker_is_not_told_where_the_dataset_is(run):
    (cheater,) = run("cheat_files")
    assert cheater.facts == {"paths": 0}


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("cheat_clustering", "epoch_changes_nothing"),
        ("cheat_early_stopping", "epoch_changes_nothing"),
        ("cheat_remembering", "images_alone"),
        ("cheat_earlier_trials", "earlier_fit"),
    ],
)
def test_learning_from_what_is_measured_is_found_by_name(known, name, check):
    (verdict,) = examine(subject_of(name, among=known), only=(check,))
    assert verdict.status == "failed"
    (verdict,) = examine(subject_of("honest", among=known), only=(check,))
    assert verdict.status == "ok"


LEARNING = ("cheat_remembering", "cheat_clustering", "cheat_early_stopping", "cheat_earlier_trials")


def test_what_was_learnt_from_other_images_is_found_in_stored_trials(run, known, tmp_path):
    outcomes = run("honest", *LEARNING)
    with Store(tmp_path / "store.db", create=True) as store:
        for outcome in outcomes:
            store.add(outcome)
        results = {
            result.outcome.trial.detector: result
            for result in verify_models(store, sample_trials(store, 9, seed=0), known)
        }
    assert results["honest"].verdict == "agrees"
    for name in LEARNING:
        assert results[name].verdict == DIFFERS, name
        assert "scored by a model that has seen no other test image, " in results[name].why
