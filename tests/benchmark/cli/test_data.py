import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

import bench_datasets.specs as datasets
from bench_datasets.idx import IDX_FILES, decode_idx, find_idx
from bench_datasets.obtain import CachedFiles
from bench_datasets.published_files import Variant
from benchmark.interfaces.dataset import fingerprint
from benchmark.registry import registry

pytestmark = pytest.mark.slow

ARRAYS = [np.zeros((40, 8, 8), np.uint8), np.arange(40) % 10, np.full((20, 8, 8), 9, np.uint8), np.arange(20) % 10]


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """BENCH_DATA with a tiny `mnist` that is taken for the official one, and nowhere else to look."""
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    for name, array in zip(IDX_FILES, ARRAYS, strict=True):
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        (folder / name).write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes())
    sha256 = fingerprint(decode_idx(find_idx(folder), datasets.DIGITS))
    tiny = dataclasses.replace(datasets.MNIST, variants=(Variant(fingerprint=sha256),))
    nowhere = [dataclasses.replace(one, sources=()) for one in (tiny, datasets.FASHION_MNIST, datasets.CIFAR10)]
    specs = [spec for spec in datasets.SPECS if spec.files is None]
    specs += [
        dataclasses.replace(spec, files=CachedFiles(published))
        for published in nowhere
        for spec in datasets.SPECS
        if spec.name == published.name
    ]
    monkeypatch.setattr(datasets, "SPECS", tuple(specs))
    registry.cache_clear()
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BENCH_ACCEPT_DATA", raising=False)
    yield folder
    registry.cache_clear()


def found(bench):
    rows = bench("data", "list", "--format", "json").json
    return {row["name"]: (row["found"], row["variant"]) for row in rows}


def test_the_list_says_where_each_dataset_is(bench, toys):
    before = found(bench)
    assert before["mnist"] == ("BENCH_DATA", None)
    assert before["fashion_mnist"] == before["cifar10"] == ("missing", None)
    assert before["digits"] == ("bundled", None)
    assert before["shapes"] == ("bundled", None)
    bench("data", "fetch", "mnist")
    assert found(bench)["mnist"] == ("BENCH_DATA", "official")


def test_the_table_has_a_line_for_each_dataset(bench):
    said = bench("data", "list").out
    assert "MIT" in said
    assert "missing" in said
    assert len(said.splitlines()) == 2 + len(found(bench))


def test_fetching_says_what_it_does_and_what_came_of_it(bench):
    said = bench("data", "fetch", "mnist", "mnist")
    assert said.code == 0
    assert said.out.startswith("mnist: ok, official, fingerprint ")
    assert said.out.count("\n") == 1
    assert "decoding the files from" in said.err


def test_fetching_all_goes_on_after_one_that_is_nowhere(bench):
    said = bench("data", "fetch", "--all")
    assert said.code == 1
    assert "mnist: ok" in said.out
    assert "bench: dataset 'cifar10' was not found. Tried: " in said.err


def test_an_accepted_copy_is_told_with_its_footnote(bench, data, monkeypatch):
    (data / IDX_FILES[2]).write_bytes((data / IDX_FILES[2]).read_bytes()[:-1] + b"\1")
    assert "refused, unless `bench run --accept-data mnist`" in bench("data", "fetch", "mnist").err
    monkeypatch.setenv("BENCH_ACCEPT_DATA", "mnist")
    assert "ok, unverified, " in (said := bench("data", "fetch", "mnist").out)
    assert "no known copy of mnist" in said


def test_what_comes_with_its_package_needs_no_fetching(bench):
    said = bench("data", "fetch", "digits")
    assert (said.code, said.out) == (0, "digits: comes with its package, nothing is kept in files\n")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("fetch",), 2, "name the datasets to fetch, or say --all"),
        (("fetch", "mnist", "--all"), 2, "name the datasets to fetch, or say --all"),
        (("fetch", "minst"), 1, "no dataset is called 'minst'. Did you mean 'mnist'?"),
        (("verify",), 2, "Missing argument"),
        (("verify", "cifar10"), 1, "bench: dataset 'cifar10' is not here; run: bench data fetch cifar10"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(bench, arguments, code, says):
    said = bench("data", *arguments)
    assert said.code == code
    assert says in said.err


def test_verifying_computes_the_fingerprint_anew(bench, tmp_path):
    assert bench("data", "fetch", "mnist").code == bench("data", "verify", "mnist").code == 0
    (path,) = tmp_path.glob("cache/mnist/*/test.npy")
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    said = bench("data", "verify", "mnist")
    assert said.code == 1
    assert "bench: the decoded copy of 'mnist' in the cache is damaged" in said.err


def test_listing_loads_nothing_heavy_and_decodes_nothing():
    program = (
        "import sys, json\nfrom benchmark.cli.data import command\n"
        "command(['list', '--format', 'json'], standalone_mode=False)\n"
        "print('LOADED', json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.rpartition("LOADED ")[2]))
    heavy = {"tensorflow", "keras", "torch", "sklearn", "scipy", "pandas", "matplotlib", "plotly", "dask", "xgboost"}
    assert not loaded & {*heavy, "pooch"}


def test_help_loads_nothing_of_the_data_room():
    program = "import sys\nfrom benchmark.cli.data import command\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"numpy", "pydantic", "rich", "pooch", "platformdirs", "benchmark.data"}
