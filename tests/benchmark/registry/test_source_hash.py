"""What makes a plugin's outcomes stale, and what does not."""

import importlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from benchmark.registry.source_hash import source_of
from benchmark.running.runner import is_stale

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A function (name, files, distribution) that writes files, imports the plugin afresh, and returns its source."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)

    def forget():
        for name in [name for name in set(sys.modules) - before if name.startswith("probe")]:
            del sys.modules[name]

    def source(name, files, distribution=""):
        for path, content in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        forget()
        importlib.invalidate_caches()
        source_of.cache_clear()
        return source_of(importlib.import_module(name), distribution)

    yield source
    forget()


PACKAGE = {
    "probe/__init__.py": '"""A probe."""\n',
    "probe/model.py": "A = 1\n",
    "probe/weights.csv": "1,2\n",
    "probe/unfinished.py": "1 +\n",
}
MODULE = {"probe.py": "A = 1\n"}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("probe/model.py", "A = 2\n"),
        ("probe/deeper/added.py", "A = 1\n"),
        ("probe/deeper/empty.py", ""),
        ("probe/weights.csv", "1,3\n"),
        ("probe/licenses.py", "A = 1\n"),
        ("probe/more/weights.bin", "1"),
        ("probe/fast.cpython-311-x86_64-linux-gnu.so", "\x7fELF"),
        ("probe/unfinished.py", "1 + # it is not parsed, so a comment counts\n"),
    ],
)
def test_the_source_changes_with_the_code_and_the_data_of_the_package(plugin, path, content):
    first = plugin("probe", PACKAGE)
    assert plugin("probe", {path: content}) != first


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("probe/model.py", '"""The model."""\n\nA = (\n    1  # one\n)\n'),
        ("probe/model.py", "A = 1\r\n"),
        ("probe/__init__.py", ""),
        ("probe/README.md", "Mathematics.\n"),
        ("probe/LICENSE.txt", "MIT\n"),
        ("probe/docs/figure.svg", "<svg/>\n"),
        ("probe/tests/test_model.py", "A = 1\n"),
        ("probe/__pycache__/model.cpython-311.pyc", ""),
        ("probe/.model.py.swp", "A = 1\n"),
        ("probe/.cache/model.py", "A = 1\n"),
        ("probe/model.py~", "A = 1\n"),
        ("probe/#model.py#", "A = 1\n"),
        ("probe/model.py.orig", "A = 1\n"),
        ("stranger.py", "A = 1\n"),
    ],
)
def test_the_source_stays_when_nothing_changes_that_runs(plugin, path, content):
    first = plugin("probe", PACKAGE)
    assert first == plugin("probe", PACKAGE)
    assert plugin("probe", {path: content}) == first


def test_a_plugin_may_be_one_module(plugin):
    first = plugin("probe", MODULE)
    assert plugin("probe", {"probe.py": "A = 1  # one\n", "stranger.py": "A = 1\n"}) == first
    assert plugin("probe", {"probe.py": "A = 2\n"}) != first


@pytest.mark.parametrize("target", ["b.py", "deeper/a.py"])
def test_code_that_moves_to_another_file_changes_the_source(plugin, tmp_path, target):
    first = plugin("probe", {**PACKAGE, "probe/a.py": "A = 1\n", "probe/deeper/other.py": ""})
    (tmp_path / "probe" / "a.py").rename(tmp_path / "probe" / target)
    assert plugin("probe", {}) != first


def test_of_a_namespace_package_only_the_plugins_own_part_counts(plugin):
    first = plugin("probes.one", {"probes/one/__init__.py": "", "probes/one/model.py": "A = 1\n"})
    assert plugin("probes.one", {"probes/two/__init__.py": "A = 1\n"}) == first
    assert plugin("probes.one", {"probes/one/model.py": "A = 2\n"}) != first


def test_a_warning_of_the_parser_is_ignored(plugin):
    first = plugin("probe", {**PACKAGE, "probe/model.py": "A = '\\d'\n"})
    assert plugin("probe", {"probe/model.py": "A = '\\d'  # digits\n"}) == first


@pytest.mark.parametrize("files", [PACKAGE, MODULE], ids=["package", "module"])
def test_a_plugin_in_a_zip_file_has_the_source_it_has_outside(plugin, tmp_path, monkeypatch, files):
    def zipped(name, files):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for path, content in files.items():
                archive.writestr(path, content)
        monkeypatch.syspath_prepend(tmp_path / name)
        return plugin("probe", {})

    first = plugin("probe", files)
    assert zipped("same.zip", files) == first
    assert zipped("other.zip", {path: content.replace("1", "2") for path, content in files.items()}) != first


IMPORTS = [
    "import probe_tools.a",
    "import probe_tools.a as tools",
    "from probe_tools import a",
    "from probe_tools.a import *",
    "from probe_tools.c import C",
    "def build():\n    from probe_tools.a import A",
    "class Model:\n    def fit(self):\n        if self:\n            import probe_tools.a",
    "try:\n    import probe_tools.a\nexcept ImportError:\n    pass",
    "match A:\n    case 1:\n        import probe_tools.a",
]
COUNTED = {
    "probe_tools/__init__.py": "from .d import D\n",
    "probe_tools/a.py": "A = 1\n",
    "probe_tools/d.py": "D = 1\n",
}
NOT_COUNTED = {"probe_tools/b.py": "B = 1\n", "probe_tools/table.csv": "1\n", "probe_tools/parts/__init__.py": ""}
TOOLS = {**COUNTED, **NOT_COUNTED, "probe_tools/c.py": "def c():\n    from . import a\n"}


@pytest.fixture(params=["installed", "editable"])
def distribution(request, tmp_path, monkeypatch):
    """The distribution `probes`: installed beside its code with a RECORD, or elsewhere and editable."""
    is_editable = request.param == "editable"
    site = tmp_path / "site" if is_editable else tmp_path
    monkeypatch.syspath_prepend(site)
    info = site / "probes-1.dist-info"
    info.mkdir(parents=True)
    files = ["_probes.pth"] if is_editable else ["probe/__init__.py", "probe/model.py", *TOOLS]
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: probes\nVersion: 1\n")
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in files))
    (info / "direct_url.json").write_text(json.dumps({"url": "file:///", "dir_info": {"editable": is_editable}}))
    return "probes"


@pytest.mark.parametrize("code", IMPORTS)
def test_what_a_plugin_imports_from_its_distribution_counts(plugin, distribution, code):
    files = {**PACKAGE, **TOOLS, "probe/model.py": f"{code}\n"}
    first = plugin("probe", files, distribution)
    edits = {path: {**files, path: f"{content}X = 1\n"} for path, content in TOOLS.items()}
    changed = {path for path, edited in edits.items() if plugin("probe", edited, distribution) != first}
    assert changed - {"probe_tools/c.py"} == set(COUNTED)
    assert ("probe_tools/c.py" in changed) == ("probe_tools.c" in code)


def test_what_a_plugin_imports_from_elsewhere_does_not_count(plugin):
    first = plugin("probe", {**PACKAGE, **TOOLS, "probe/model.py": "import numpy, probe_tools.a\n"})
    assert plugin("probe", {"probe_tools/a.py": "A = 2\n"}) == first


# Sources of the project's own plugins after each edit of a copy of the project; in a process of its own, which has
# imported nothing from elsewhere.
SCRIPT = """
import json, pathlib, sys
from benchmark.registry import registry

def sources():
    registry().forget_sources()
    detectors = {offer.plugin: offer.spec.name for offer in registry().detectors.all()}
    return {plugin: registry().resolve(name, {}).layers[0].source for plugin, name in detectors.items()}

first = sources()
changed = []
for path, addition in json.load(sys.stdin):
    file = pathlib.Path(path)
    before = file.read_bytes() if file.exists() else None
    file.write_bytes((before or b"") + addition.encode())
    changed.append([plugin for plugin, source in sources().items() if source != first[plugin]])
    file.unlink() if before is None else file.write_bytes(before)
print(json.dumps(changed))
"""
EDITS = {
    "preprocessing": ("benchmark/preprocessing/contrast.py", "X = 1\n"),
    "a comment in preprocessing": ("benchmark/preprocessing/contrast.py", "# X = 1\n"),
    "the toolkit's precision": ("plugins/bench_toolkit/precision.py", "X = 1\n"),
    "new in the toolkit": ("plugins/bench_toolkit/added.py", "X = 1\n"),
    "another plugin": ("plugins/bench_rotation/geom.py", "X = 1\n"),
    "a new plugin": ("plugins/bench_added/__init__.py", "X = 1\n"),
    "the core": ("benchmark/interfaces/detector.py", "X = 1\n"),
}


@pytest.fixture(scope="module")
def changed_by(tmp_path_factory):
    """Edit of a copy of the project -> the plugins whose source it changes."""
    copy = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("benchmark", "plugins"):
        shutil.copytree(REPOSITORY / folder, copy / folder, ignore=ignored)
    (copy / "plugins" / "bench_added").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [copy, copy / "plugins"]))},
        input=json.dumps(list(EDITS.values())),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(EDITS, map(set, json.loads(done.stdout)), strict=True))


def importers(module):
    """The project's plugins in whose own code a module is imported."""
    return {
        folder.name.removeprefix("bench_")
        for folder in (REPOSITORY / "plugins").iterdir()
        if any(f"from {module} import" in path.read_text() for path in folder.glob("*.py"))
    }


def test_editing_contrast_makes_stale_what_prepares_its_images_with_it(changed_by):
    assert changed_by["preprocessing"] == importers("benchmark.preprocessing")
    assert "deep_svdd" in changed_by["preprocessing"]
    assert "rotation" not in changed_by["preprocessing"]


def test_editing_the_toolkit_makes_stale_what_uses_that_part_of_it(changed_by):
    assert changed_by["the toolkit's precision"] == importers("bench_toolkit.precision")


def test_editing_a_plugin_makes_its_own_outcomes_stale_and_no_others(changed_by):
    assert changed_by["another plugin"] == {"rotation"}


@pytest.mark.parametrize("edit", ["a comment in preprocessing", "new in the toolkit", "a new plugin", "the core"])
def test_editing_what_a_plugin_does_not_run_makes_nothing_stale(changed_by, edit):
    assert changed_by[edit] == set()


def test_an_outcome_of_another_scheme_is_not_called_stale(plugin):
    source = plugin("probe", MODULE)
    other = plugin("probe", {"probe.py": "A = 2\n"})
    assert source.startswith("ast1:")
    assert is_stale(source, other)
    assert not is_stale(source, source)
    assert not is_stale(source.removeprefix("ast1:"), other)
    assert not is_stale(source.replace("ast1", "ast2"), other)
