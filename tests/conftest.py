import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from installation import install

from benchmark import cli
from benchmark.registry import Registry, registry

TOYS = Path(__file__).parent / "toys" / "bench_toys.py"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoded data go to one folder for all tests, never to the user's own."""
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path_factory.getbasetemp() / "bench-cache"))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """A function (name, source) that installs a plugin, for this process and for the workers it starts."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")])))
    names = []

    def install_here(name: str, source: str) -> None:
        names.append(name)
        install(site, name, source)
        registry.cache_clear()

    yield install_here
    registry.cache_clear()
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def toys(installed: Callable[[str, str], None]) -> Registry:
    """The registry, with the plugin of `toys/bench_toys.py` in it."""
    installed("bench_toys", TOYS.read_text())
    return registry()


@pytest.fixture
def built(installed: Callable[[str, str], None]) -> None:
    """With the plugin of `toys/bench_built.py`: a detector that is built on another."""
    installed("bench_built", (TOYS.parent / "bench_built.py").read_text())


@dataclass
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """A function that runs `bench` with these arguments in an empty folder."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def run(*arguments: str) -> Said:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        out, err = capfd.readouterr()
        return Said(ended.value.code, out, err)

    return run
