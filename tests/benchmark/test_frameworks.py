import importlib.metadata
import random

import numpy as np
import pytest

from benchmark.frameworks import environment, seed_everything, versions


@pytest.mark.parametrize("framework", ["numpy", "sklearn", "keras", "torch", "somebodys_own"])
def test_every_library_is_told_how_many_threads_it_has(framework):
    variables = environment(framework, threads=3, device="cpu")
    told = {name for name, value in variables.items() if name.endswith("_THREADS") and value == "3"}
    assert told >= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    assert all(isinstance(value, str) for value in variables.values())


@pytest.mark.parametrize(("device", "hidden"), [("cpu", True), ("cuda", False), ("cuda:1", False)])
def test_a_trial_on_the_cpu_cannot_see_an_accelerator(device, hidden):
    assert (environment("torch", threads=1, device=device).get("CUDA_VISIBLE_DEVICES") == "-1") == hidden


def test_hashes_do_not_depend_on_the_process():
    assert environment("numpy", threads=1, device="cpu")["PYTHONHASHSEED"] == "0"


@pytest.mark.parametrize(
    ("framework", "name", "value"),
    [
        ("keras", "KERAS_BACKEND", "tensorflow"),
        ("keras", "TF_DETERMINISTIC_OPS", "1"),
        ("torch", "CUBLAS_WORKSPACE_CONFIG", ":4096:8"),
    ],
)
def test_a_framework_gets_its_own_variables_and_no_other_gets_them(framework, name, value):
    assert environment(framework, threads=1, device="cpu")[name] == value
    assert name not in environment("sklearn", threads=1, device="cpu")


@pytest.mark.parametrize(
    ("framework", "packages"),
    [
        ("numpy", {"numpy"}),
        ("somebodys_own", {"numpy"}),
        ("sklearn", {"numpy", "scikit-learn", "scipy"}),
        ("torch", {"numpy", "torch"}),
        ("keras", {"numpy", "keras", "tensorflow", "tensorflow-cpu"}),
    ],
)
def test_the_versions_are_those_of_the_project_of_numpy_and_of_the_framework(monkeypatch, framework, packages):
    monkeypatch.setattr(importlib.metadata, "version", lambda package: f"version of {package}")
    assert versions(framework) == {package: f"version of {package}" for package in packages | {"oneclass-bench"}}


def test_a_package_that_is_not_installed_has_no_version(monkeypatch):
    def version(package):
        if package == "scipy":
            raise importlib.metadata.PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert versions("sklearn") == {"oneclass-bench": "1.0", "numpy": "1.0", "scikit-learn": "1.0"}


def draw(seed):
    seed_everything("numpy", seed)
    return random.random(), random.getrandbits(64), np.random.normal(size=3).tolist()


def test_the_same_seed_makes_random_and_numpy_repeat():
    assert draw(3) == draw(3)


def test_another_seed_makes_both_differ():
    assert all(one != other for one, other in zip(draw(3), draw(4), strict=True))


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_every_seed_that_a_request_may_hold_can_be_set(seed):
    assert draw(seed) == draw(seed)
