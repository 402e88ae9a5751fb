"""A run that is interrupted: by Ctrl-C, by a polite kill, by one that is not."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmark.results import Store

pytestmark = pytest.mark.slow

TOY = ("run", "--detector", "toy", "--dataset", "shapes")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_kill_ends_the_workers_too(bench, toys, wait_for, number):
    process = start(wait_for, "--detector", "toy_sleeps", "--workers", "1")
    workers = psutil.Process(process.pid).children()
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == 130
    wait_for(lambda: not any(worker.is_running() for worker in workers))
    assert len(workers) == 1


def test_a_coordinator_that_is_killed_leaves_no_worker_behind(bench, toys, wait_for):
    process = start(wait_for, "--detector", "toy_sleeps", "--workers", "1")
    workers = psutil.Process(process.pid).children()
    process.kill()
    process.communicate()
    wait_for(lambda: not any(worker.is_running() and worker.status() != "zombie" for worker in workers))
    assert len(workers) == 1


def test_ctrl_c_once_finishes_what_runs_and_keeps_it(bench, toys, wait_for):
    process = start(wait_for, "--detector", "toy_naps", "--workers", "1")
    process.send_signal(signal.SIGINT)
    result = process.communicate(timeout=20)[1]
    assert process.returncode == 130
    assert "waiting for the running trials to finish; press Ctrl-C again to stop" in result
    assert "finished trials are stored in results/bench.db; run the same command to continue" in result
    with Store(Path("results/bench.db")) as store:
        assert [o.status for o in store.outcomes()] == ["ok"]
    assert "2 trials to run, 1 already" in bench("run", "--detector", "toy_naps", "--dataset", "shapes").err


def test_ctrl_c_twice_stops_at_once_and_keeps_what_is_done(bench, toys, wait_for):
    bench(*TOY, "--classes", "0")
    process = start(wait_for, "--detector", "toy_sleeps", "--detector", "toy")
    workers = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    wait_for(lambda: not any(worker.is_running() for worker in workers))
    with Store(Path("results/bench.db")) as store:
        assert {o.status for o in store.outcomes()} == {"ok"}
        assert store.durations(), "the store is whole"


def hear_signals() -> None:
    """Where the tests themselves run in the background, a shell has had these ignored; `bench` respects that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(wait_for, *options: str) -> subprocess.Popen:
    """Start a run on `shapes` in a process of its own; return it once a trial has started."""
    command = [sys.executable, "-c", "from benchmark.cli import main; main()", "run", "--dataset", "shapes", *options]
    process = subprocess.Popen(
        [*command, "--observer", "jsonl=events.jsonl"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    )
    wait_for(lambda: Path("events.jsonl").exists() and "trial_started" in Path("events.jsonl").read_text())
    return process
