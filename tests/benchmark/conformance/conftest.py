import importlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from installation import install

from benchmark.registry import Registry, registry

TOYS = Path(__file__).parents[2] / "toys"
PLUGINS = ("bench_conform", "bench_heavy")


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A registry of the two plugins made for these tests; `$BENCH_DATA` has a file that no detector may read."""
    data, site = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("site")
    np.save(data / "secret.npy", np.arange(3))
    for name in PLUGINS:
        install(site, name, (TOYS / f"{name}.py").read_text())
    offered = Registry()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        # For the process that loads a saved detector.
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")])))
        patch.setenv("BENCH_DATA", str(data))
        for name in PLUGINS:
            offered.add(name, importlib.import_module(name))
        assert not [row.error for row in offered.plugins if row.status == "broken"]
        yield offered
    for name in PLUGINS:
        sys.modules.pop(name, None)


@pytest.fixture
def kit(installed):
    """The registry with these plugins installed, for this process and the processes that it starts."""
    for name in PLUGINS:
        installed(name, (TOYS / f"{name}.py").read_text())
    return registry()
