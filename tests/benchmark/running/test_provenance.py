"""What an outcome says of the process that computed it."""

import json

import pytest

from benchmark.running import provenance
from benchmark.running.frameworks.contract import Framework


def test_a_worker_names_its_machine_its_versions_and_what_its_arithmetic_depends_on():
    of_worker = provenance.of_worker("numpy")
    assert {"host", "platform", "cpu", "cores", "instruction_sets", "variables", "blas", "versions"} == set(of_worker)
    assert {"python", "numpy"} <= set(of_worker["versions"])
    assert json.loads(json.dumps(of_worker)) == of_worker


def test_variables_are_those_of_the_process(monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    assert provenance.of_worker("numpy")["variables"]["ONEDNN_MAX_CPU_ISA"] == "AVX2"


def test_a_library_that_loads_later_is_listed_in_the_next_provenance(monkeypatch):
    monkeypatch.setattr(provenance.arithmetic, "blas", dict)
    assert provenance.of_worker("numpy")["blas"] == {}
    monkeypatch.setattr(provenance.arithmetic, "blas", lambda: {"late": {"name": "openblas"}})
    assert provenance.of_worker("numpy")["blas"] == {"late": {"name": "openblas"}}


def test_the_versions_hold_the_packages_that_the_detector_requires():
    assert "tabulate" not in provenance.of_worker("numpy")["versions"]
    assert "tabulate" in provenance.of_worker("numpy", requires=("tabulate", "numpy", "nowhere"))["versions"]


@pytest.mark.parametrize(("device", "named"), [("cpu", False), ("cuda", True)])
def test_only_a_gpu_is_named(monkeypatch, device, named):
    toy = Framework(name="toy", device_name=lambda: "Toy GPU")
    monkeypatch.setattr(provenance.frameworks, "framework", lambda name: toy)
    found = provenance.of_worker("toy", device=device)
    assert found.get("device_name") == ("Toy GPU" if named else None)
