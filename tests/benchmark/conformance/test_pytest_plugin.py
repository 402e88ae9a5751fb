"""`pytest --bench-check NAME` has one test for each check; without `-p` the plugin is not loaded."""

import subprocess
import sys

import pytest

from benchmark.conformance import checks_of

ON = ("-p", "benchmark.conformance.pytest_plugin")


def run(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-rA", "--color=no", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


@pytest.mark.slow
def test_a_good_and_a_bad_one(kit, tmp_path):
    done = run(tmp_path, *ON, "--bench-check", "good_metric", "--bench-check", "bad_ties")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "PASSED ::bench-check[good_metric-ties]" in done.stdout
    assert "FAILED ::bench-check[bad_ties-ties]" in done.stdout
    assert "how to fix: treat equal scores together" in done.stdout
    assert f"1 failed, {2 * len(checks_of('metric')) - 1} passed" in done.stdout


@pytest.mark.slow
def test_an_unknown_name_is_a_usage_error(kit, tmp_path):
    done = run(tmp_path, *ON, "--bench-check", "nothing")
    assert done.returncode == 4
    assert "no detector, dataset or metric is called 'nothing'" in done.stderr


@pytest.mark.parametrize("name", ["benchmark.py", "benchmark/__init__.py"])
def test_a_folder_with_a_benchmark_of_its_own_can_be_tested(tmp_path, name):
    own = tmp_path / name
    own.parent.mkdir(exist_ok=True)
    own.write_text("ANSWER = 42\n")
    (tmp_path / "test_own.py").write_text("import benchmark\n\ndef test_own():\n    assert benchmark.ANSWER == 42\n")
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
