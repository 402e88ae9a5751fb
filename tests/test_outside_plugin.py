"""A distribution from outside, installed by pip, is found and used by name; nothing in the project knows it."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import benchmark
import benchmark.plugin
from benchmark.registry import registry

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
OUTSIDE = ROOT / "tests" / "outside_plugin"
RUN = ("run", "--detector", "edges", "--dataset", "stripes")


@pytest.fixture(scope="module")
def pip_installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip has installed the distribution into."""
    # A copy, because setuptools leaves `build` and `*.egg-info` beside what it builds.
    source = shutil.copytree(OUTSIDE, tmp_path_factory.mktemp("source") / "bench-stripes")
    target = tmp_path_factory.mktemp("pip")
    # Offline: the build backend is the setuptools that TensorFlow and PyTorch bring along, not one that pip would fetch
    # for an isolated build; for the same reason the distribution isn't built by hatchling, which is not here.
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def outside(pip_installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The distribution is on the path of this process and of the workers it starts."""
    path = os.pathsep.join(filter(None, [str(pip_installed), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.syspath_prepend(pip_installed)
    registry.cache_clear()
    yield
    registry.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "bench_stripes"]:
        del sys.modules[name]


def test_an_installed_distribution_is_listed_as_a_plugin(bench, outside):
    rows = {row["name"]: row for row in bench("list", "plugins", "--format", "json").json}
    assert rows["stripes"] == {
        "name": "stripes",
        "status": "ok",
        "summary": "Stripes: a dataset, a detector of edges, Youden's J, and a table of fit seconds.",
        "distribution": "bench-stripes",
        "error": "",
    }


def test_its_detector_runs_on_its_dataset_and_is_ranked_by_its_metric(bench, outside):
    done = bench(*RUN)
    assert done.code == 0, done.err
    (row,) = bench("leaderboard", "stripes", "--metric", "youden", "--format", "json").json
    assert row["status"] == {"ok": 3}
    assert set(row["tasks"]) == {"horizontal", "vertical", "diagonal"}
    assert 0.9 < row["mean"] <= 1
    assert "Youden's J" in bench("leaderboard", "stripes", "--metric", "youden").out


def test_its_command_is_listed_and_reports_on_what_was_run(bench, outside):
    assert "  fit-seconds  Rank the detectors by their fit seconds.\n" in bench("--help").out
    (row,) = [row for row in bench("list", "commands", "--format", "json").json if row["plugin"] == "stripes"]
    assert (row["name"], row["error"]) == ("fit-seconds", "")
    assert bench(*RUN).code == 0
    done = bench("fit-seconds", "stripes")
    assert (done.code, done.out.partition("\n")[0]) == (0, "# stripes: fit seconds")
    assert bench("fit-seconds", "stripes", "--output", "seconds.csv").code == 0
    header, line = Path("seconds.csv").read_text().splitlines()
    assert (header, line.partition(",")[0]) == ("detector,fit_seconds", "edges")


def test_its_command_needs_a_store_and_says_so_in_one_line(bench, outside):
    done = bench("fit-seconds", "stripes")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)


def test_its_parameters_are_checked_as_the_core_s_own_are(bench, outside):
    done = bench(*RUN, "--set", "power=0.5")
    assert done.code == 1
    assert "power = 0.5 is refused" in done.err


def test_its_detector_and_its_metric_work_on_the_core_s_dataset(bench, outside):
    done = bench("run", "--detector", "edges", "--dataset", "digits", "--classes", "0")
    assert done.code == 0, done.err
    (row,) = bench("leaderboard", "digits", "--metric", "youden", "--format", "json").json
    assert row["detector"] == "edges"
    assert 0 < row["tasks"]["0"] <= 1


def test_without_the_distribution_its_names_are_unknown(bench):
    done = bench(*RUN)
    assert done.code == 1
    assert "no detector is called 'edges'" in done.err


def test_a_name_that_two_distributions_offer_is_one_error_that_names_both(bench, outside, toys, installed):
    installed("bench_rival", RIVAL)
    done = bench(*RUN)
    assert done.code == 1
    assert done.err == (
        "bench: the detector 'edges' is offered twice, by 'bench_rival' and 'stripes'; uninstall one of them\n"
    )


def test_beside_a_name_that_is_offered_twice_everything_else_works(bench, outside, toys, installed):
    installed("bench_rival", RIVAL)
    status = {row["name"]: row["status"] for row in bench("list", "plugins", "--format", "json").json}
    assert status["stripes"] == status["bench_rival"] == "ok"
    offered = [row["plugin"] for row in bench("list", "detectors", "--format", "json").json if row["name"] == "edges"]
    assert sorted(offered) == ["bench_rival", "stripes"]
    assert bench("run", "--detector", "plain", "--dataset", "stripes").code == 0
    (row,) = bench("leaderboard", "stripes", "--metric", "youden", "--format", "json").json
    assert row["detector"] == "plain"


def test_it_and_what_bench_new_writes_are_typed_against_the_public_face(bench, tmp_path):
    """`mypy --strict`, as a stranger runs it: with the project installed, and none of the project's settings."""
    plugins = [OUTSIDE]
    for kind in ("detector", "dataset", "metric"):
        assert bench("new", kind, f"my_{kind}", "--to", str(tmp_path / kind)).code == 0
        plugins.append(tmp_path / kind)
    borrows = tmp_path / "toolkit" / "bench_borrows"
    borrows.mkdir(parents=True)
    (borrows / "__init__.py").write_text(BORROWS)
    plugins.append(borrows.parent)
    packages = [str(package) for folder in plugins for package in folder.glob("bench_*")]
    options = ["--strict", "--config-file=", f"--cache-dir={ROOT / '.mypy_cache' / 'outside'}"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *packages], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(OUTSIDE.rglob("*.py")), ids=lambda path: path.name)
def test_it_imports_of_the_core_only_what_the_core_offers_to_plugins(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("benchmark.") for alias in node.names)
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "benchmark":
            public = {"benchmark": benchmark, "benchmark.plugin": benchmark.plugin}
            assert node.module in public
            assert {alias.name for alias in node.names} <= set(public[node.module].__all__)


BORROWS = '''
"""Another stranger, who uses the toolkit."""

from bench_toolkit.collapse import length, require_spread

__all__ = ["length", "require_spread"]
'''

RIVAL = '''
"""Another stranger, who has chosen a name that is taken, and one that is not."""

import bench_toys
from benchmark import hookimpl


@hookimpl
def bench_detectors():
    return [bench_toys.spec(name, bench_toys.Distance) for name in ("edges", "plain")]
'''
