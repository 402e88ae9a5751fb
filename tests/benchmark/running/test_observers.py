import json

import pytest
from toy_trials import toy_trial

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.outcome import Measure, Outcome
from benchmark.interfaces.trial import Trial
from benchmark.running.observers import SPECS

TRIAL = toy_trial(params={"power": 2.0})
OUTCOME = Outcome(trial=TRIAL, status="ok", source="s", metrics={"distance": {"roc_auc": Measure(0.9, 0.01)}})

(SPEC,) = [spec for spec in SPECS if spec.name == "jsonl"]


def follow(path, report):
    """Send an observer the events of a run; return the lines that it wrote, parsed as strict JSON."""
    observer = SPEC.build(str(path))
    observer.run_started([TRIAL])
    observer.trial_started(TRIAL)
    observer.epoch(TRIAL, report)
    observer.trial_finished(TRIAL, OUTCOME)
    observer.run_finished()

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]


REPORT = EpochReport(number=1, of=3, losses={"loss": 0.5}, validation={"distance": {"roc_auc": None}})


def test_every_event_of_a_run_is_one_line(tmp_path):
    events = follow(tmp_path / "events.jsonl", REPORT)
    assert [event["event"] for event in events] == [
        "run_started", "trial_started", "epoch", "trial_finished", "run_finished",
    ]  # fmt: skip


def test_a_line_says_what_happened_to_which_trial(tmp_path):
    started, taken, epoch, finished, _ = follow(tmp_path / "events.jsonl", REPORT)
    assert started["trials"] == 1
    assert {event["id"] for event in (taken, epoch, finished)} == {TRIAL.id}
    assert Trial(**taken["trial"]) == TRIAL
    assert epoch["losses"] == {"loss": 0.5}
    assert epoch["validation"] == {"distance": {"roc_auc": None}}
    assert (finished["status"], finished["metrics"]) == ("ok", {"distance": {"roc_auc": 0.9}})


def test_a_later_run_is_appended(tmp_path):
    path = tmp_path / "events.jsonl"
    assert len(follow(path, REPORT)) == 5
    assert len(follow(path, REPORT)) == 10


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_measure_that_is_not_finite_leaves_a_line_that_any_program_reads(tmp_path, value):
    report = EpochReport(number=1, of=3, measures={"gradient_norm": value})
    assert follow(tmp_path / "events.jsonl", report)[2]["measures"].keys() == {"gradient_norm"}


def test_a_line_is_in_the_file_as_soon_as_it_has_happened(tmp_path):
    observer = SPEC.build(str(tmp_path / "events.jsonl"))
    observer.run_started([])
    assert json.loads((tmp_path / "events.jsonl").read_text()) == {"event": "run_started", "trials": 0}
    observer.run_finished()


@pytest.mark.parametrize("argument", ["", "missing/events.jsonl", "."])
def test_an_observer_that_cannot_write_says_so_before_the_run(tmp_path, monkeypatch, argument):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidRequest, match=r"observer 'jsonl' (needs a file|cannot write)"):
        SPEC.build(argument)
