"""Processor time and load."""

import os
import subprocess
import sys
import time

import pytest

from benchmark.running.cpu_time import cpu_seconds, load_average

BUSY = "import time\nwhile time.process_time() < 0.3: pass"


def test_waiting_takes_no_processor_time():
    before, started = cpu_seconds(), time.perf_counter()
    time.sleep(0.3)
    assert cpu_seconds() - before < (time.perf_counter() - started) / 2


def test_the_processor_time_of_a_finished_child_counts():
    before = cpu_seconds()
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert cpu_seconds() - before >= 0.3


def test_the_load_is_that_of_the_last_minute(monkeypatch):
    monkeypatch.setattr(os, "getloadavg", lambda: (1.5, 0.7, 0.2), raising=False)
    assert load_average() == 1.5


@pytest.mark.parametrize("error", [OSError, AttributeError])
def test_a_system_without_a_load_has_none(monkeypatch, error):
    def fails():
        raise error

    monkeypatch.setattr(os, "getloadavg", fails, raising=False)
    assert load_average() is None
