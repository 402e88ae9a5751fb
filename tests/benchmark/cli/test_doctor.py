import os
import platform
from pathlib import Path

import numpy as np
import psutil
import pytest

from bench_datasets.idx import IDX_FILES
from benchmark.cli.doctor import Package, versions

pytestmark = pytest.mark.slow

RUN = ("run", "--detector", "toy", "--dataset", "shapes")


@pytest.fixture
def examine(bench):
    """A function that runs `bench doctor` and returns its exit code and (section, name) -> finding."""

    def run(*arguments: str):
        done = bench("doctor", "--format", "json", *arguments)
        assert done.json["well"] == (done.code == 0)
        return done.code, {(row["section"], row["name"]): row for row in done.json["findings"]}

    return run


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """A function that puts a program called `nvidia-smi`, of these lines, alone on the path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def make(*lines: str) -> None:
        program = folder / "nvidia-smi"
        program.write_text("\n".join(["#!/bin/sh", *lines]))
        program.chmod(0o755)

    return make


def test_a_working_installation_is_well(bench, monkeypatch):
    monkeypatch.delenv("BENCH_DATA", raising=False)
    done = bench("doctor")
    assert done.code == 0
    assert done.err == ""
    assert done.out.endswith("\nNothing is broken; what is missing is optional.\n")
    for section in ("versions", "machine", "data", "store", "plugins", "detectors"):
        assert f"{section}\n  " in done.out


def test_versions_are_those_that_are_installed(examine):
    _, findings = examine()
    assert findings["versions", "python"]["value"] == platform.python_version()
    assert findings["versions", "numpy"]["value"] == np.__version__
    for name in ("oneclass-bench", "scikit-learn", "tensorflow", "keras", "torch"):
        assert ("versions", name) in findings


def test_a_framework_that_is_not_installed_is_missing_with_its_fix():
    (_, finding) = versions([Package("torch", ("no-such-distribution",), extra="torch")])
    assert (finding.value, finding.status) == (None, "missing")
    assert finding.note == "optional; run: pip install 'oneclass-bench[torch]'"


def test_a_package_of_the_core_that_is_not_installed_is_broken():
    (_, finding) = versions([Package("numpy", ("no-such-distribution",))])
    assert (finding.value, finding.status) == (None, "broken")


def test_a_package_from_another_distribution_is_shown_with_its_name():
    (_, finding) = versions([Package("arrays", ("no-such-distribution", "numpy"), extra="arrays")])
    assert (finding.value, finding.status, finding.note) == (np.__version__, "ok", "(numpy)")


def test_the_machine_is_described_in_numbers(examine):
    _, findings = examine()
    assert findings["machine", "platform"]["value"] == platform.platform()
    assert findings["machine", "cores"]["value"] == os.cpu_count()
    assert findings["machine", "memory, GiB"]["value"] == round(psutil.virtual_memory().total / 2**30, 1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or os.cpu_count() == 1, reason="needs cores to choose from")
def test_fewer_usable_cores_than_there_are_is_noted(examine):
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        _, findings = examine()
    finally:
        os.sched_setaffinity(0, allowed)
    assert findings["machine", "cores"]["note"] == "(1 of them may be used here)"


@pytest.mark.parametrize(
    ("lines", "value", "note"),
    [
        (["echo 'NVIDIA A, 100 MiB'", "echo 'NVIDIA B, 200 MiB'"], "NVIDIA A, 100 MiB; NVIDIA B, 200 MiB", ""),
        (["echo 'no driver is running' >&2", "exit 9"], "none found", "(nvidia-smi: no driver is running)"),
    ],
)
def test_every_gpu_is_listed_or_why_there_is_none(examine, nvidia_smi, lines, value, note):
    nvidia_smi(*lines)
    finding = examine()[1]["machine", "GPU"]
    assert (finding["value"], finding["note"]) == (value, note)


def test_a_damaged_nvidia_smi_is_noted(examine, nvidia_smi, tmp_path):
    nvidia_smi()
    (tmp_path / "programs" / "nvidia-smi").write_text("#!/no/such/interpreter\n")
    finding = examine()[1]["machine", "GPU"]
    assert finding["value"] == "none found"
    assert "No such file" in finding["note"]


def test_a_dataset_that_is_missing_is_no_failure(examine, monkeypatch):
    monkeypatch.delenv("BENCH_DATA", raising=False)
    monkeypatch.setenv("BENCH_CACHE", "nowhere")
    code, findings = examine()
    assert code == 0
    assert findings["data", "BENCH_DATA"]["status"] == "missing"
    assert findings["data", "mnist"]["status"] == "missing"
    assert findings["data", "digits"]["status"] == "ok", "it needs no files"


def test_a_dataset_is_in_bench_data_or_missing_with_its_fix(examine, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    for name in IDX_FILES:
        (tmp_path / "data" / "mnist" / name).touch()
    code, findings = examine()
    assert code == 0
    assert findings["data", "BENCH_DATA"]["value"] == str(tmp_path / "data")
    assert findings["data", "mnist"]["value"] == "BENCH_DATA"
    assert findings["data", "fashion_mnist"]["status"] == "missing"
    assert "bench data fetch fashion_mnist" in findings["data", "fashion_mnist"]["note"]


def test_a_bench_data_that_does_not_exist_is_missing(examine, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    code, findings = examine()
    assert code == 0
    assert findings["data", "BENCH_DATA"]["status"] == "missing"
    assert str(tmp_path / "nowhere") in findings["data", "BENCH_DATA"]["note"]


def test_a_dataset_without_files_comes_with_its_package(examine, toys):
    _, findings = examine()
    assert (findings["data", "shapes"]["status"], findings["data", "shapes"]["value"]) == ("ok", "bundled")


def test_no_store_yet_is_no_failure(examine):
    code, findings = examine()
    assert code == 0
    assert findings["store", "outcomes"]["value"] == 0
    assert "no store at results/bench.db yet" in findings["store", "outcomes"]["note"]
    assert not Path("results").exists(), "nothing was written"


def test_the_outcomes_in_the_store_are_counted(examine, bench, toys):
    bench(*RUN, "--store", "mine.db")
    code, findings = examine("--store", "mine.db")
    assert code == 0
    assert findings["store", "outcomes"] == {
        "section": "store", "name": "outcomes", "value": 3, "status": "ok", "note": "in mine.db",
    }  # fmt: skip


def test_a_store_that_cannot_be_read_is_broken(bench):
    Path("mine.db").write_text("no store at all, and long enough to be sure of it" * 20)
    done = bench("doctor", "--store", "mine.db")
    assert done.code == 1
    assert "  outcomes" in done.out
    assert "broken: mine.db is damaged or not a store" in done.out
    assert done.out.endswith("\nBroken: outcomes.\n")


def test_a_broken_plugin_is_shown_with_its_error_and_the_others_are_ok(examine, bench, installed):
    installed("bench_broken", "import no_such_module")
    code, findings = examine()
    assert code == 1
    assert findings["plugins", "bench_broken"]["status"] == "broken"
    assert findings["plugins", "bench_broken"]["note"] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert findings["plugins", "shallow"]["status"] == "ok"
    assert bench("doctor").out.endswith("\nBroken: bench_broken.\n")


def test_a_name_that_is_offered_twice_is_broken(examine, toys, installed):
    installed("bench_twin", "from bench_toys import bench_datasets")
    code, findings = examine()
    assert code == 1
    assert findings["plugins", "shapes"]["note"] == (
        "the dataset 'shapes' is offered twice, by 'bench_toys' and 'bench_twin'; uninstall one of them"
    )


def test_a_detector_that_lacks_a_package_is_missing_with_its_fix_and_no_failure(examine, toys):
    code, findings = examine()
    assert code == 0
    assert findings["detectors", "toy_without"]["status"] == "missing"
    assert findings["detectors", "toy_without"]["note"] == (
        "detector 'toy_without' needs no_such_package, which is not installed here;"
        " run: pip install 'oneclass-bench[nothing]'"
    )
    lacking = [name for section, name in findings if section == "detectors" and name != "ready to run"]
    ready = findings["detectors", "ready to run"]
    assert ready["note"] == f"of {len(toys.detectors.names())}"
    assert ready["value"] == len(toys.detectors.names()) - len(lacking)


def test_a_detector_that_is_offered_twice_is_not_ready(examine, toys, installed):
    _, before = examine()
    installed("bench_twin", "from bench_toys import bench_detectors")
    code, after = examine()
    assert code == 1
    assert after["detectors", "ready to run"]["value"] < before["detectors", "ready to run"]["value"]
    assert ("detectors", "toy") not in after, "it is listed once, among the plugins"


def test_the_table_has_one_line_a_finding(bench, toys, nvidia_smi):
    nvidia_smi("echo 'no driver is running'", "echo 'install one'", "exit 9")
    findings = bench("doctor", "--format", "json").json["findings"]
    out = bench("doctor").out
    assert "(nvidia-smi: no driver is running install one)" in out
    lines = [line.strip() for line in out.splitlines() if line.startswith("  ")]
    assert len(lines) == len(findings)
    assert all(line.startswith(row["name"]) for line, row in zip(lines, findings, strict=True))
