import itertools
import os
import time
from dataclasses import replace

import numpy as np
import pytest
from run_here import run_here

from benchmark.running import judge
from benchmark.running.engine import EpochDone, Tick, TrialFinished, TrialStarted
from benchmark.running.plan import plan
from benchmark.running.processes import ProcessEngine
from benchmark.running.request import DatasetChoice, DetectorChoice, Request

pytestmark = pytest.mark.slow


def jobs(registry, *detectors, **more):
    request = Request(
        detectors=tuple(DetectorChoice(name=name) for name in detectors),
        datasets=(DatasetChoice(name="shapes"),),
        **more,
    )
    return plan(request, registry)


@pytest.fixture
def engine():
    return ProcessEngine(workers=1)


def finished(events):
    return [event.outcome for event in events if isinstance(event, TrialFinished)]


def test_events_come_in_order(toys, engine):
    (trial,) = jobs(toys, "toy", classes="0")
    events = [event for event in engine.run([trial]) if not isinstance(event, Tick)]
    assert [type(event) for event in events] == [TrialStarted, EpochDone, EpochDone, EpochDone, TrialFinished]
    assert events[1].report.losses == {"loss": 1.0}


def test_a_worker_gives_the_scores_that_this_process_gives(toys, engine):
    wanted = jobs(toys, "toy_random", classes="0")
    (outcome,) = finished(engine.run(wanted))
    here = run_here(toys, wanted[0])
    assert np.array_equal(outcome.sets["test"].scores, here.sets["test"].scores)
    assert outcome.metrics == here.metrics
    assert outcome.source == here.source


def test_a_death_costs_one_trial_and_the_next_one_gets_a_fresh_worker(toys, engine):
    outcomes = finished(engine.run(jobs(toys, "toy_dies", "toy", classes="0")))
    assert [outcome.status for outcome in outcomes] == ["killed", "ok"]
    assert outcomes[0].source == outcomes[1].source
    assert outcomes[0].task.tasks == ("round", "square", "tall")
    assert len(outcomes[0].curves) == 3, "the epochs before it ended"


def test_a_process_that_a_dead_worker_leaves_behind_holds_nothing_up(toys, engine):
    started = time.monotonic()
    (outcome,) = finished(engine.run(jobs(toys, "toy_forks", classes="0")))
    assert (outcome.status, "SIGKILL" in outcome.message) == ("killed", True)
    assert time.monotonic() - started < 20


def test_two_workers_run_two_jobs_at_once(toys):
    events = ProcessEngine(workers=2).run(jobs(toys, "toy_naps", classes="0,1"))
    milestones = [type(event) for event in events if isinstance(event, TrialStarted | TrialFinished)]
    assert milestones == [TrialStarted, TrialStarted, TrialFinished, TrialFinished]


def test_scores_that_cannot_be_judged_cost_one_trial_even_if_their_worker_has_ended(
    toys, engine, installed, monkeypatch
):
    installed("bench_frameworks", FRAMEWORKS)
    scored = judge.Judge.scored

    def fail_for_one(self, *arguments):
        if self.job.trial.framework == "one":
            time.sleep(1)  # its worker gives way to that of the next framework
            raise RuntimeError("no scores")
        return scored(self, *arguments)

    monkeypatch.setattr(judge.Judge, "scored", fail_for_one)
    outcomes = finished(engine.run(jobs(toys.discover(), "one", "two", classes="0")))
    assert sorted((outcome.trial.detector, outcome.status) for outcome in outcomes) == [
        ("one", "failed"),
        ("two", "ok"),
    ]


def test_several_workers_lose_no_job_whatever_happens_to_them(toys):
    outcomes = finished(ProcessEngine(workers=3).run(jobs(toys, "toy", "toy_dies", "toy_random", seeds=(0, 1))))
    assert sorted(outcome.status for outcome in outcomes) == ["killed"] * 6 + ["ok"] * 12
    assert len({outcome.trial.id for outcome in outcomes}) == 18


def test_a_worker_takes_nothing_from_the_folder_it_is_started_in(toys, engine, tmp_path, monkeypatch):
    (tmp_path / "benchmark").mkdir()
    (tmp_path / "queue.py").write_text("raise RuntimeError('the wrong queue')")
    monkeypatch.chdir(tmp_path)
    (outcome,) = finished(engine.run(jobs(toys, "toy", classes="0")))
    assert outcome.status == "ok", outcome.last_lines


def test_closing_the_iterator_ends_the_worker_at_once(toys, engine, tmp_path):
    events = engine.run(jobs(toys, "toy_sleeps", classes="0"))
    for event in events:
        if isinstance(event, EpochDone) and event.report.number == 3:
            break
    children = live_workers()
    events.close()
    assert len(children) == 1
    assert live_workers() == []


def test_a_worker_is_started_with_its_threads(toys, engine, monkeypatch, installed):
    installed("bench_threads", THREADS)
    (outcome,) = finished(engine.run(jobs(toys.discover(), "threads", classes="0", threads=3)))
    assert outcome.facts == {"OMP_NUM_THREADS": "3", "PYTHONHASHSEED": "0", "CUDA_VISIBLE_DEVICES": "-1"}


def live_workers():
    import psutil

    children = [p for p in psutil.Process(os.getpid()).children() if p.status() != psutil.STATUS_ZOMBIE]
    return [p for p in children if "benchmark.running.worker" in " ".join(p.cmdline())]


def test_a_trial_that_takes_too_long_is_stopped_and_the_next_one_runs(toys):
    engine = ProcessEngine(workers=1, timeout=2)
    outcomes = finished(engine.run(jobs(toys, "toy_sleeps", "toy", classes="0")))
    assert [outcome.status for outcome in outcomes] == ["timeout", "ok"]
    assert outcomes[0].message == "stopped after 2 seconds (--timeout)"
    assert len(outcomes[0].curves) == 3
    assert 2 <= outcomes[0].cost.wall_seconds < 60


def test_a_trial_that_holds_too_much_memory_is_stopped_before_the_machine_is(toys):
    engine = ProcessEngine(workers=1, memory_limit_mib=400)
    outcomes = finished(engine.run(jobs(toys, "toy_hogs", "toy", classes="0")))
    assert [outcome.status for outcome in outcomes] == ["out_of_memory", "ok"]
    assert "--memory-limit 400" in outcomes[0].message


def test_after_finish_early_no_job_starts_and_running_jobs_finish(toys):
    engine = ProcessEngine(workers=1)
    outcomes = []
    for event in engine.run(jobs(toys, "toy")):
        engine.finish_early.set()
        outcomes += [event.outcome] if isinstance(event, TrialFinished) else []
    assert [outcome.status for outcome in outcomes] == ["ok"]


def test_a_job_whose_claim_is_refused_is_left_out(toys, engine):
    wanted = jobs(toys, "toy")
    outcomes = finished(engine.run(wanted, lambda job: job is not wanted[1]))
    assert [outcome.trial for outcome in outcomes] == [wanted[0].trial, wanted[2].trial]


def test_one_trial_at_a_time_is_on_the_gpu(toys, installed):
    installed("bench_clock", CLOCK)
    planned = jobs(toys.discover(), "clock")
    wanted = [replace(job, gpu=0, trial=replace(job.trial, device="cuda")) for job in planned]
    spans = sorted(
        (outcome.facts["began"], outcome.facts["ended"]) for outcome in finished(ProcessEngine(workers=3).run(wanted))
    )
    assert len(spans) == 3
    assert all(ended <= began for (_, ended), (began, _) in itertools.pairwise(spans))


def test_workers_stay_with_their_framework_and_give_way_when_it_has_no_more(toys, installed):
    installed("bench_frameworks", FRAMEWORKS)
    wanted = jobs(toys.discover(), "one", "two", "one_more", classes="0,1")
    outcomes = finished(ProcessEngine(workers=1).run(wanted))
    pids = {}
    for outcome in outcomes:
        pids.setdefault(outcome.trial.framework, set()).add(outcome.facts["pid"])
    assert {name: len(of) for name, of in pids.items()} == {"one": 1, "two": 1}


FRAMEWORKS = '''
"""Detectors of two frameworks without a module in the core."""

import os
import bench_toys
from benchmark import hookimpl


class Pid(bench_toys.Distance):
    def facts(self):
        return {"pid": os.getpid()}


@hookimpl
def bench_detectors():
    return [
        bench_toys.spec("one", Pid, framework="one"),
        bench_toys.spec("two", Pid, framework="two"),
        bench_toys.spec("one_more", Pid, framework="one"),
    ]
'''

CLOCK = '''
"""Reports when a fit began and when the facts were asked for."""

import time
import bench_toys
from benchmark import hookimpl


class Clock(bench_toys.Distance):
    def fit(self, images, context):
        self.began = time.time()
        super().fit(images, context)

    def facts(self):
        return {"began": self.began, "ended": time.time()}


@hookimpl
def bench_detectors():
    return [bench_toys.spec("clock", Clock)]
'''

THREADS = '''
"""Reports its environment as facts."""

import os
import time
from dataclasses import replace
import bench_toys
from benchmark import hookimpl


class Threads(bench_toys.Distance):
    def facts(self):
        return {name: os.environ[name] for name in ("OMP_NUM_THREADS", "PYTHONHASHSEED", "CUDA_VISIBLE_DEVICES")}


@hookimpl
def bench_detectors():
    return [bench_toys.spec("threads", Threads)]
'''
