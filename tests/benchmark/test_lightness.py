"""What the command line may load before there is something to compute."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "tensorflow", "keras", "torch", "sklearn", "scipy", "pandas", "matplotlib", "plotly", "dask", "xgboost", "PIL",
    "pooch",
}  # fmt: skip


def loaded_by(*arguments: str, folder: Path) -> set[str]:
    """The top-level modules in memory after a command, in a process of its own in this folder."""
    program = (
        "import sys, json, benchmark.cli as c\n"
        f"code = c._exit_code({list(arguments)!r})\n"
        "print('\\nLOADED', json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))\n"
        "sys.exit(code)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    return set(json.loads(done.stdout.rpartition("LOADED ")[2]))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("list", "detectors"),
        ("list", "commands"),
        ("list", "plugins"),
        ("show", "ocvae"),
        ("doctor",),
        ("data", "list"),
    ],
)
def test_looking_around_loads_nothing_heavy(arguments, tmp_path):
    assert not loaded_by(*arguments, folder=tmp_path) & HEAVY


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("run", "--help"),
        ("leaderboard", "--help"),
        ("reproduce", "--help"),
        ("tradeoff", "--help"),
        ("publish", "--help"),
        ("doctor", "--help"),
        ("data", "--help"),
        ("results", "--help"),
        ("results", "rescore", "--help"),
        ("new", "--help"),
    ],
)
def test_help_loads_neither_numpy_nor_pydantic_nor_rich(arguments, tmp_path):
    unneeded = {*HEAVY, "numpy", "pydantic", "rich", "platformdirs"}
    assert not loaded_by(*arguments, folder=tmp_path) & unneeded


@pytest.mark.parametrize("arguments", [("run", "--help"), ("data", "--help"), ("results", "rescore", "--help")])
def test_the_help_of_a_command_of_bench_loads_no_plugin(arguments, tmp_path):
    assert not {module for module in loaded_by(*arguments, folder=tmp_path) if module.startswith("bench_")}


@pytest.mark.parametrize("module", ["benchmark", "benchmark.plugin", "bench_datasets", "bench_tradeoff"])
def test_what_a_plugin_imports_from_the_core_and_light_plugins_are_light(module):
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {*HEAVY, "numpy", "pydantic", "rich", "click"}
