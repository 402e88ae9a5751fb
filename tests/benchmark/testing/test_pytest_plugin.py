"""`pytest --bench-check NAME` has one test a check."""

import importlib.metadata
import subprocess
import sys

import pytest

from benchmark.testing import checks_of

pytestmark = pytest.mark.slow


MODULE = "benchmark.testing.pytest_plugin"
IS_INSTALLED = any(point.value == MODULE for point in importlib.metadata.entry_points(group="pytest11"))


def run(folder, *arguments):
    named = [] if IS_INSTALLED else ["-p", MODULE]
    command = [sys.executable, "-m", "pytest", "-rA", "--color=no", *named]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=folder)


def test_a_good_and_a_bad_one(found, tmp_path):
    done = run(tmp_path, "--bench-check", "good_metric", "--bench-check", "bad_ties")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "PASSED ::bench-check[good_metric-ties]" in done.stdout
    assert "FAILED ::bench-check[bad_ties-ties]" in done.stdout
    assert "how to mend: treat equal scores together" in done.stdout
    assert f"1 failed, {2 * len(checks_of('metric')) - 1} passed" in done.stdout


def test_an_unknown_name_is_a_usage_error(found, tmp_path):
    done = run(tmp_path, "--bench-check", "nothing")
    assert done.returncode == 4
    assert "no detector, dataset or metric is called 'nothing'" in done.stderr
