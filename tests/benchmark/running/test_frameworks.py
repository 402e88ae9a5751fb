import importlib.metadata
import os
import platform
import random
import subprocess
import sys
import types

import numpy as np
import pytest

from benchmark.interfaces.errors import InvalidRequest
from benchmark.running.device import resolve_device
from benchmark.running.frameworks import environment, framework, known_frameworks, seed_everything, versions


@pytest.mark.parametrize("framework", ["numpy", "sklearn", "keras", "torch", "somebodys_own"])
def test_the_environment_sets_the_threads_of_every_library(framework):
    variables = environment(framework, threads=3)
    set_to_3 = {name for name, value in variables.items() if name.endswith("_THREADS") and value == "3"}
    assert set_to_3 >= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    assert all(isinstance(value, str) for value in variables.values())


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the variables are for glibc only")
def test_a_worker_keeps_the_memory_that_it_takes_again_and_again():
    again = (
        "import numpy, resource\n"
        "def taken(): return [numpy.ones(200_000) for _ in range(3)] and resource.getrusage(0).ru_minflt\n"
        "taken(); before = taken()\n"
        "for _ in range(50): after = taken()\n"
        "print(after - before)"
    )
    variables = {**os.environ, **environment("numpy", threads=1)}
    done = subprocess.run([sys.executable, "-c", again], env=variables, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 600, "page faults; the 150 arrays have 390 pages each"


@pytest.mark.parametrize(("gpu", "seen"), [(None, "-1"), (0, "0"), (1, "1")])
def test_a_worker_sees_the_gpu_it_is_given_or_none(gpu, seen):
    assert environment("torch", threads=1, gpu=gpu)["CUDA_VISIBLE_DEVICES"] == seen


@pytest.fixture
def two_gpus(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'Toy, 80 GiB'\necho 'Toy, 80 GiB'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.mark.parametrize(("text", "gpu"), [("cpu", None), ("cuda", 0), ("cuda:1", 1), ("auto", 0)])
def test_a_device_is_resolved_to_the_number_of_a_gpu(two_gpus, text, gpu):
    assert resolve_device(text) == gpu


def test_only_the_gpus_that_the_environment_leaves_are_used(two_gpus, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert resolve_device("auto") == 0
    assert environment("torch", threads=1, gpu=0)["CUDA_VISIBLE_DEVICES"] == "1"
    with pytest.raises(InvalidRequest, match="1 GPUs can be used"):
        resolve_device("cuda:1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert resolve_device("auto") is None


def test_auto_is_the_cpu_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert resolve_device("auto") is None


@pytest.mark.parametrize(("text", "says"), [("cuda:2", "2 GPUs can be used"), ("gpu", "not 'gpu'"), ("cuda:", "not")])
def test_a_gpu_that_is_not_there_is_refused(two_gpus, text, says):
    with pytest.raises(InvalidRequest, match=says):
        resolve_device(text)


def test_hashes_do_not_depend_on_the_process():
    assert environment("numpy", threads=1)["PYTHONHASHSEED"] == "0"


@pytest.mark.parametrize(
    ("framework", "name", "value"),
    [
        ("keras", "KERAS_BACKEND", "tensorflow"),
        ("keras", "TF_DETERMINISTIC_OPS", "1"),
        ("torch", "CUBLAS_WORKSPACE_CONFIG", ":4096:8"),
    ],
)
def test_a_framework_gets_its_own_variables_and_no_other_gets_them(framework, name, value):
    assert environment(framework, threads=1)[name] == value
    assert name not in environment("sklearn", threads=1)


@pytest.mark.parametrize(
    ("framework", "packages"),
    [
        ("numpy", set()),
        ("somebodys_own", set()),
        ("sklearn", set()),
        ("torch", {"torch"}),
        ("keras", {"keras", "tensorflow", "tensorflow-cpu"}),
    ],
)
def test_the_versions_are_those_of_the_project_of_what_any_trial_computes_with_and_of_the_framework(
    monkeypatch, framework, packages
):
    monkeypatch.setattr(importlib.metadata, "version", lambda package: f"version of {package}")
    packages = packages | {"oneclass-bench", "numpy", "scipy", "scikit-learn"}
    assert versions(framework) == {package: f"version of {package}" for package in packages}


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


@pytest.mark.parametrize("name", known_frameworks())
def test_each_module_of_a_framework_defines_the_one_that_it_is_named_after(name):
    assert framework(name).name == name


def toy_torch():
    return types.SimpleNamespace(cuda=types.SimpleNamespace(get_device_name=lambda: "Toy GPU"))


def toy_tensorflow(gpus):
    details = types.SimpleNamespace(get_device_details=lambda gpu: {"device_name": f"Toy {gpu}"})
    return types.SimpleNamespace(
        config=types.SimpleNamespace(list_physical_devices=lambda kind: gpus, experimental=details)
    )


@pytest.mark.parametrize(
    ("name", "package", "module", "device"),
    [
        ("torch", "torch", toy_torch(), "Toy GPU"),
        ("keras", "tensorflow", toy_tensorflow(["GPU"]), "Toy GPU"),
        ("keras", "tensorflow", toy_tensorflow([]), ""),
    ],
)
def test_a_framework_names_the_gpu_that_it_computes_on(monkeypatch, name, package, module, device):
    monkeypatch.setitem(sys.modules, package, module)
    assert framework(name).device_name() == device


def test_a_required_package_has_the_version_of_the_distribution_that_brings_it(monkeypatch):
    from benchmark.running import frameworks

    monkeypatch.setattr(frameworks, "_all_distributions", lambda: {"toybox": ["toybox-cpu"]})
    monkeypatch.setattr(importlib.metadata, "version", lambda package: f"version of {package}")
    assert versions("numpy", ("toybox", "sklearn", "nowhere"))["toybox-cpu"] == "version of toybox-cpu"
    assert set(versions("numpy", ("sklearn", "nowhere"))) == set(versions("numpy"))
