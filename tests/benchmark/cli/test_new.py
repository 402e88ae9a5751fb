import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import benchmark
from benchmark.registry import registry
from benchmark.scaffold import Scaffold

ROOT = Path(__file__).parents[3]
EVERY = (("detector", "numpy"), ("detector", "torch"), ("detector", "keras"), ("dataset", None), ("metric", None))


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that installs a written distribution, for this process and for the workers it starts.

    What pip and hatchling would make of it is laid out by hand, because hatchling is not here.
    """
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")])))
    packages = []

    def install_here(folder: Path) -> None:
        described = tomllib.loads((folder / "pyproject.toml").read_text())
        project = described["project"]
        for package in described["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
            packages.append(package)
            shutil.copytree(folder / package, site / package)
        info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (info / "METADATA").write_text(head)
        points = [f"{name} = {module}\n" for name, module in project["entry-points"]["bench"].items()]
        (info / "entry_points.txt").write_text("".join(["[bench]\n", *points]))
        registry.cache_clear()

    yield install_here
    registry.cache_clear()
    for module in [module for module in sys.modules if module.partition(".")[0] in packages]:
        del sys.modules[module]


@pytest.fixture
def written(bench):
    """A function that writes a distribution with `bench new` and returns its folder."""

    def write(kind: str, name: str, framework: str | None = None) -> Path:
        options = ("--framework", framework) if framework else ()
        done = bench("new", kind, name, *options)
        assert done.code == 0, done.err
        return Path(f"bench-{name}").absolute()

    return write


def keeps_the_contract(folder: Path) -> bool:
    """Whether the distribution's own `pytest`, which has a test for each check, passes."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=folder, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "framework",
    [
        "numpy",
        pytest.param("torch", marks=pytest.mark.torch),
        pytest.param("keras", marks=pytest.mark.keras),
    ],
)
def test_a_new_detector_runs_and_is_better_than_chance(bench, written, install, framework):
    folder = written("detector", "toy_idea", framework)
    install(folder)
    plugins = {row["name"]: row for row in bench("list", "plugins", "--format", "json").json}
    assert plugins["toy_idea"]["status"] == "ok", plugins["toy_idea"]["error"]
    assert plugins["toy_idea"]["distribution"] == "bench-toy_idea"
    done = bench("run", "--detector", "toy_idea", "--dataset", "digits", "--classes", "0,6")
    assert done.code == 0, done.err
    (row,) = bench("leaderboard", "digits", "--format", "json").json
    assert row["detector"] == "toy_idea"
    assert row["status"] == {"ok": 2}
    assert min(row["tasks"][name] for name in ("0", "6")) > 0.9
    assert bench("run", "--detector", "toy_idea", "--classes", "0", "--preset", "smoke").code == 0
    assert keeps_the_contract(folder)


@pytest.mark.slow
def test_a_new_dataset_can_be_run_on(bench, written, install):
    folder = written("dataset", "my_images")
    install(folder)
    done = bench("run", "--detector", "pca", "--dataset", "my_images")
    assert done.code == 0, done.err
    (row,) = bench("leaderboard", "my_images", "--format", "json").json
    assert row["status"] == {"ok": 3}
    assert set(row["tasks"]) == {"disc", "square", "cross"}
    assert keeps_the_contract(folder)


@pytest.mark.slow
def test_a_new_metric_ranks(bench, written, install):
    folder = written("metric", "my_metric")
    install(folder)
    assert bench("run", "--detector", "pca", "--dataset", "digits", "--classes", "0").code == 0
    (row,) = bench("leaderboard", "digits", "--metric", "my_metric", "--format", "json").json
    assert 0 < row["tasks"]["0"] <= 1
    assert "Recall at 1 % FPR" in bench("leaderboard", "digits", "--metric", "my_metric").out
    assert keeps_the_contract(folder)


def test_the_recall_at_one_percent_is_right(written, install):
    install(written("metric", "my_metric"))
    recall = registry().metrics["my_metric"].compute
    y = np.arange(202) >= 200
    scores = np.arange(202.0)
    scores[y] = 197.5, 198.5
    # Two of 200 normal images may be flagged: those of 198 and 199 are, and the threshold is 197.
    assert recall(y, scores) == 1.0
    scores[y] = 197.0, 198.5  # a tie with the threshold is not caught
    assert recall(y, scores) == 0.5
    with pytest.raises(benchmark.OneSidedLabels):
        recall(y[:10], scores[:10])


def test_what_is_written_is_listed_with_what_to_do_next(bench):
    done = bench("new", "detector", "toy_idea", "--to", "mine")
    assert done.code == 0
    files, _, then = done.out.partition("\n\n")
    assert {Path(line) for line in files.splitlines()} == {path for path in Path("mine").rglob("*") if path.is_file()}
    assert {path.name for path in Path("mine").iterdir()} == {"README.md", "bench_toy_idea", "pyproject.toml"}
    assert "pip install -e mine" in then
    assert "bench check toy_idea" in then
    assert "bench run --detector toy_idea" in then


@pytest.mark.parametrize(
    ("framework", "install"),
    [(None, "oneclass-bench"), ("numpy", "oneclass-bench"), ("torch", "oneclass-bench[torch]"),
     ("keras", "oneclass-bench[keras]")],
)  # fmt: skip
def test_the_distribution_requires_the_framework_it_is_written_with(written, framework, install):
    project = tomllib.loads((written("detector", "toy_idea", framework) / "pyproject.toml").read_text())["project"]
    assert install in project["dependencies"]
    assert project["entry-points"]["bench"] == {"toy_idea": "bench_toy_idea"}


@pytest.mark.parametrize("name", ["a", "toy_idea", "a_rather_long_name_of_some_idea"])
@pytest.mark.parametrize(("kind", "framework"), EVERY)
def test_what_is_written_is_in_the_project_s_own_style(written, kind, framework, name):
    folder = written(kind, name, framework)
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    # As in the project's own plugins: the modules behind a light `__init__` may import a framework.
    rooms = ["--extend-per-file-ignores", "bench_*/[!_]*.py:TID253"]
    for verb in (["check", *rooms], ["format", "--check", "--diff"]):
        done = subprocess.run([*ruff, *verb, *config, "."], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    assert all("$" not in path.read_text() for path in folder.rglob("*.*"))


@pytest.mark.parametrize(("kind", "framework"), EVERY)
def test_what_is_written_imports_of_the_core_only_what_the_core_offers_to_plugins(written, kind, framework):
    for path in written(kind, "toy_idea", framework).glob("bench_*/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "benchmark":
                assert node.module == "benchmark"
                assert {alias.name for alias in node.names} <= set(benchmark.__all__)


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_a_new_detector_is_listed_without_loading_its_framework(bench, written, install, framework):
    install(written("detector", "toy_idea", framework))
    program = f"import bench_toy_idea, sys; print({framework!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert "latent_dim" in bench("show", "toy_idea").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("detector", "My-Idea"), "got 'My-Idea'. Did you mean 'my_idea'?"),
        (("detector", "2fast"), "begins with a letter; got '2fast'. Did you mean 'fast'?"),
        (("detector", "../escape"), "got '../escape'. Did you mean 'escape'?"),
        (("detector", "größe"), "a name has lower-case letters, digits and underscores, and begins"),
        (("detector", "_"), "got '_'"),
        (("detector", ""), "got ''"),
        (("detector", "name\n"), "got 'name\\n'"),
        (("detector", "lambda"), "'lambda' is already a name in Python"),
        (("detector", "none"), "'none' is already a name in Python"),
        (("detector", "fit_context"), "'fit_context' is already a name in Python or in One-Class Bench"),
        (("detector", "pca"), "the detector 'pca' is already offered by plugin 'shallow'; choose another name"),
        (("dataset", "digits"), "the dataset 'digits' is already offered by plugin 'datasets'"),
        (("metric", "roc_auc"), "the metric 'roc_auc' is already offered by plugin 'metrics'"),
        (("metric", "digits"), "the dataset 'digits' is already offered by plugin 'datasets'"),
        (("metric", "shallow"), "a plugin called 'shallow' is already installed"),
        (("detector", "toy_idea", "--to", "absent/folder"), "absent/folder cannot be written: No such file"),
    ],
)
def test_a_refusal_is_one_line(bench, arguments, says):
    done = bench("new", *arguments)
    assert done.code == 1
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith("bench: ")
    assert says in done.err
    assert not list(Path().iterdir()), "nothing was made"


def test_a_name_whose_package_something_else_has_is_refused(bench, installed):
    installed("bench_taken", "")  # a plugin that offers nothing
    done = bench("new", "detector", "taken")
    assert done.code == 1
    assert "a package called 'bench_taken' is already installed" in done.err


@pytest.mark.parametrize(
    "arguments", [("new", "spoon", "x"), ("new", "detector"), ("new", "metric", "x", "--framework", "torch"),
                  ("new", "detector", "x", "--framework", "jax")],
)  # fmt: skip
def test_a_wrong_usage_exits_with_2(bench, arguments):
    assert bench(*arguments).code == 2
    assert not list(Path().iterdir())


def test_a_folder_that_is_there_is_left_as_it_is(bench):
    Path("bench-toy_idea").mkdir()
    Path("bench-toy_idea/precious").write_text("mine")
    done = bench("new", "detector", "toy_idea")
    assert done.code == 1
    assert done.err.startswith("bench: bench-toy_idea already exists")
    assert [str(path) for path in Path().rglob("*")] == ["bench-toy_idea", "bench-toy_idea/precious"]
    Path("dangling").symlink_to("nowhere")
    assert bench("new", "detector", "toy_idea", "--to", "dangling").code == 1
    assert Path("dangling").is_symlink()


def test_a_writing_that_fails_half_way_leaves_nothing(bench, monkeypatch):
    def files(self):
        yield Path("pyproject.toml"), ""
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Scaffold, "files", files)
    done = bench("new", "detector", "toy_idea")
    assert done.code == 1
    assert done.err == "bench: bench-toy_idea cannot be written: No space left on device\n"
    assert not list(Path().iterdir())


def test_a_new_folder_has_the_permissions_of_any_new_folder(written):
    Path("other").mkdir()
    assert written("detector", "toy_idea").stat().st_mode == Path("other").stat().st_mode
