import os
import time

import numpy as np
import pytest

from benchmark.engines import EpochDone, TrialFinished, TrialStarted
from benchmark.engines.processes import ProcessEngine
from benchmark.protocol import DatasetChoice, DetectorChoice, Request, plan
from benchmark.worker.execute import Executor


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
    events = list(engine.run([trial]))
    assert [type(event) for event in events] == [TrialStarted, EpochDone, EpochDone, EpochDone, TrialFinished]
    assert events[1].report.losses == {"loss": 1.0}


def test_a_worker_gives_the_scores_that_this_process_gives(toys, engine):
    wanted = jobs(toys, "toy_random", classes="0")
    (outcome,) = finished(engine.run(wanted))
    here = Executor(toys).run(wanted[0], lambda report: None)
    assert np.array_equal(outcome.sets["test"].scores, here.sets["test"].scores)
    assert outcome.metrics == here.metrics
    assert outcome.source == here.source


def test_a_death_costs_one_trial_and_the_next_one_gets_a_fresh_worker(toys, engine):
    outcomes = finished(engine.run(jobs(toys, "toy_dies", "toy", classes="0")))
    assert [outcome.status for outcome in outcomes] == ["killed", "ok"]
    assert outcomes[0].source == outcomes[1].source
    assert outcomes[0].task.tasks == ("round", "square", "tall")
    assert len(outcomes[0].curves) == 3, "what it told before it died"


def test_a_process_that_a_dead_worker_leaves_behind_holds_nothing_up(toys, engine):
    started = time.monotonic()
    (outcome,) = finished(engine.run(jobs(toys, "toy_forks", classes="0")))
    assert (outcome.status, "SIGKILL" in outcome.message) == ("killed", True)
    assert time.monotonic() - started < 20


def test_two_workers_run_two_jobs_at_once_and_lose_none(toys):
    engine = ProcessEngine(workers=2)
    events = list(engine.run(jobs(toys, "toy", "toy_dies", "toy_random", seeds=(0, 1))))
    assert [type(event) for event in events if not isinstance(event, EpochDone)][:2] == [TrialStarted] * 2
    assert sorted(o.status for o in finished(events)) == ["killed"] * 6 + ["ok"] * 12


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

    return [p for p in psutil.Process(os.getpid()).children() if "benchmark.worker" in " ".join(p.cmdline())]


THREADS = '''
"""Tells its environment."""

import os
import time
import bench_toys
from benchmark import hookimpl


class Threads(bench_toys.Distance):
    def facts(self):
        return {name: os.environ[name] for name in ("OMP_NUM_THREADS", "PYTHONHASHSEED", "CUDA_VISIBLE_DEVICES")}


@hookimpl
def bench_detectors():
    return [bench_toys.spec("threads", Threads)]
'''
