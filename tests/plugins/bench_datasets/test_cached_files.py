import dataclasses
import json
import os
import sys
import time

import numpy as np
import pytest

from bench_datasets.cache import FETCHED, DatasetCache
from bench_datasets.published_files import Variant
from benchmark.interfaces.errors import BadData, BenchError, DataNotFound
from benchmark.plugin import Location

pytestmark = pytest.mark.slow


@pytest.fixture
def given(toy, tmp_path, monkeypatch):
    """The folder of the toy under BENCH_DATA."""
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    return toy.lay(tmp_path / "data" / "toy")


OTHER_COPY = (Variant(fingerprint="0" * 64),)  # variants among which the copy in hand is not


def finished(process):
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return json.loads(out)


def test_bench_data_comes_before_the_cache_and_the_mirrors(toy, given, mirror):
    toy.at(mirror.url("normal")).fetch()
    assert mirror.asked == []
    assert toy.at().locate() == Location("BENCH_DATA", "official")


def test_a_bench_data_without_the_files_is_passed_over(toy, given, mirror):
    (given / "t10k-labels-idx1-ubyte.gz").unlink()
    files = toy.at(mirror.url("normal"))
    assert files.fetch().variant == "official"
    assert files.locate() == Location("cache", "official")


def test_what_was_fetched_once_is_not_fetched_again(toy, mirror):
    files = toy.at(mirror.url("normal"))
    first, again = files.fetch(), files.fetch()
    assert len(mirror.asked) == len(toy.files)
    assert first.fingerprint == again.fingerprint


def test_files_are_decoded_once(toy, given, monkeypatch):
    toy.fetch()
    files = toy.at(decode=lambda files, classes: pytest.fail("decoded again"))
    assert files.fetch().variant == "official"


def test_a_file_that_changed_is_decoded_again(toy, given, cache):
    toy.fetch()
    path = given / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadData, match="cannot be read"):
        toy.fetch()
    toy.lay(given)
    assert toy.fetch().variant == "official"
    assert len(list(cache.glob("toy/*-*-*"))) == 1  # the older copy of the same place is gone


def test_arrays_from_the_cache_are_mapped_and_cannot_be_written(toy, given):
    images = toy.fetch().part("all")
    for array in (images.train, images.test, images.train_labels, images.test_labels):
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
    assert (images.train.shape, images.train_labels.dtype) == ((600, 28, 28, 1), np.int64)


def test_a_dataset_from_the_cache_knows_its_fingerprint_without_reading_the_images(toy, given, monkeypatch):
    fingerprint = toy.fetch().fingerprint
    monkeypatch.setattr("bench_datasets.cached_files.fingerprint", lambda images: pytest.fail("read every pixel"))
    assert toy.fetch().fingerprint == fingerprint


def test_a_copy_has_the_layout_that_it_had_in_earlier_versions(toy, given):
    toy.fetch()
    folder = next(DatasetCache("toy").folder.glob("*-*-*"))
    assert {path.name for path in folder.iterdir()} == {
        "train.npy", "test.npy", "train_kind.npy", "test_kind.npy", "meta.json",
    }  # fmt: skip
    facts = json.loads((folder / "meta.json").read_text())
    assert (facts["label"], facts["kinds"]) == ("official", ["bag", "coat"])


def test_a_dataset_of_one_part_has_no_other(toy, given):
    with pytest.raises(KeyError):
        toy.fetch().part("train")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which pages of a process are shared")
def test_a_second_process_shares_the_pages_of_the_first(toy, given):
    mine = toy.fetch().images.train
    total = int(mine.sum())
    theirs = finished(toy.start())
    ((resident, proportional),) = theirs["pages"]
    assert theirs["total"] == total
    assert resident >= mine.nbytes
    assert proportional <= 0.75 * resident  # a page that two map counts half in each


def test_images_of_no_known_copy_are_refused(toy, given):
    with pytest.raises(BadData, match=r"are no known copy of 'toy'.*known are 0{16} \(official\).*--accept-data toy"):
        toy.at(variants=OTHER_COPY).fetch()


def test_images_of_no_known_copy_are_unverified_where_they_are_accepted(toy, given, monkeypatch):
    monkeypatch.setenv("BENCH_ACCEPT_DATA", "mnist, toy")
    files = toy.at(variants=OTHER_COPY)
    for _ in range(2):
        dataset = files.fetch()
        assert dataset.variant == "unverified"
        assert dataset.footnote.startswith("The images are no known copy of toy")
    monkeypatch.setenv("BENCH_ACCEPT_DATA", "mnist")
    with pytest.raises(BadData, match="no known copy"):
        files.fetch()


def test_a_copy_is_called_by_the_name_it_has_today(toy, given):
    toy.fetch()
    renamed = dataclasses.replace(toy.published.variants[0], name="odd-one", footnote="Odd.")
    dataset = toy.at(variants=(renamed,)).fetch()
    assert (dataset.variant, dataset.footnote) == ("odd-one", "Odd.")


def test_a_source_that_brings_another_dataset_is_a_source_that_failed(toy, mirror):
    with pytest.raises(DataNotFound, match="no known copy"):
        toy.at(mirror.url("normal"), mirror.url("slow"), variants=OTHER_COPY).fetch()


def test_nothing_found_is_one_line_that_lists_what_was_tried(toy, mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataNotFound) as caught:
        toy.at(mirror.url("missing"), "http://127.0.0.1:9/").fetch()
    message = str(caught.value)
    assert "\n" not in message
    for part in ("nowhere/toy holds no train-images", "not cached", "HTTP status 404", "no connection", "What to do:"):
        assert part in message


def test_a_fetch_that_was_killed_half_way_leaves_nothing_that_is_read(toy, mirror, cache):
    process = toy.start(mirror.url("stalled"))
    assert mirror.half_sent.wait(20)
    process.kill()
    process.communicate()
    (leftover,) = cache.glob("toy/.tmp-*")
    assert any(leftover.rglob("*"))
    assert toy.at().locate().found == "missing"
    assert toy.at(mirror.url("normal")).fetch().variant == "official"
    assert not leftover.exists()


def test_two_fetches_at_once_fetch_once(toy, mirror):
    processes = [toy.start(mirror.url("slow")) for _ in range(2)]
    fingerprints = {finished(process)["fingerprint"] for process in processes}
    assert fingerprints == {toy.published.variants[0].fingerprint}
    assert sorted(name for _, name in mirror.asked) == sorted(toy.files)


@pytest.mark.parametrize("source", ["BENCH_DATA", "mirror"])
def test_a_cache_that_cannot_be_written_is_done_without(toy, mirror, tmp_path, monkeypatch, source):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "file" / "cache"))
    if source == "BENCH_DATA":
        toy.lay(tmp_path / "data" / "toy")
        monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    found = toy.at(mirror.url("normal")).fetch()
    assert (found.variant, found.images.train.shape) == ("official", (600, 28, 28, 1))


def test_a_cache_that_is_full_is_done_without(toy, given, monkeypatch, cache):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert toy.fetch().variant == "official"
    assert list(cache.glob("toy/*-*")) == []


@pytest.mark.parametrize("name", ["train.npy", "meta.json"])
def test_a_copy_that_was_cut_short_is_made_anew(toy, mirror, name):
    files = toy.at(mirror.url("normal"))
    files.fetch()
    folder, _ = DatasetCache("toy").facts(FETCHED)
    (folder / name).write_bytes((folder / name).read_bytes()[:-100])
    assert files.fetch().variant == "official"
    assert len(mirror.asked) == 2 * len(toy.files)


@pytest.mark.parametrize("where", [0, -1], ids=["the header", "the last pixel"])
def test_verifying_finds_a_damaged_copy(toy, mirror, where):
    files = toy.at(mirror.url("normal"))
    files.fetch()
    assert files.verify().variant == "official"
    folder, _ = DatasetCache("toy").facts(FETCHED)
    content = bytearray((folder / "train.npy").read_bytes())
    content[where] ^= 1
    (folder / "train.npy").write_bytes(content)
    with pytest.raises(BadData, match=r"is damaged.*then run: bench data fetch toy"):
        files.verify()


def test_verifying_what_is_not_here_fetches_nothing(toy, mirror):
    with pytest.raises(DataNotFound, match="bench data fetch toy"):
        toy.at(mirror.url("normal")).verify()
    assert mirror.asked == []


def test_verifying_files_that_were_never_decoded_decodes_them(toy, given):
    assert toy.at().verify().variant == "official"


def test_cleaning_removes_the_copies_from_the_cache_and_leaves_bench_data(toy, mirror, cache, tmp_path, monkeypatch):
    files = toy.at(mirror.url("normal"))
    files.fetch()
    laid = toy.lay(tmp_path / "data" / "toy")
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    files.fetch()
    before = {path.name: path.read_bytes() for path in laid.iterdir()}
    copies = sorted((cache / "toy").glob("*-*"))
    assert len(copies) == 2
    entries = files.clean()
    assert [entry.path for entry in entries] == copies
    assert all(entry.size_bytes > 650 * 28 * 28 for entry in entries)
    assert list((cache / "toy").glob("*-*")) == []
    assert {path.name: path.read_bytes() for path in laid.iterdir()} == before
    assert files.clean() == ()


def test_cleaning_what_is_not_there_creates_nothing(toy, cache):
    assert toy.at().clean() == ()
    assert not cache.exists()


def test_a_dry_run_of_cleaning_returns_the_same_and_removes_nothing(toy, mirror):
    files = toy.at(mirror.url("normal"))
    files.fetch()
    would_be = files.clean(dry_run=True)
    assert files.locate().found == "cache"
    assert files.clean() == would_be


def test_a_process_that_has_a_copy_mapped_can_still_read_it(toy, mirror):
    files = toy.at(mirror.url("normal"))
    images = files.fetch().images
    total = int(images.train.sum())
    files.clean()
    assert int(images.train.sum()) == total
    assert files.fetch().variant == "official"


def test_cleaning_removes_only_folders_that_the_cache_has_made(toy, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("BENCH_DATA", str(cache))  # one folder for both
    laid = toy.lay(cache / "toy")
    (laid / "my-own-notes").mkdir()
    (laid / "fetched-v1-0123456789abcdef").symlink_to(tmp_path)
    toy.fetch()
    kept = {path.name for path in laid.iterdir()} - {entry.path.name for entry in toy.at().clean()}
    assert {path.name for path in laid.iterdir()} == kept
    assert kept == {*toy.files, "my-own-notes", "fetched-v1-0123456789abcdef", ".lock"}


def test_cleaning_removes_what_a_killed_process_has_left(toy, cache):
    leftover = cache / "toy" / ".tmp-killed"
    leftover.mkdir(parents=True)
    (leftover / "half").write_bytes(bytes(1000))
    (entry,) = toy.at().clean()
    assert (entry.path, entry.size_bytes) == (leftover, 1000)
    assert not leftover.exists()


def test_cleaning_waits_for_a_process_that_is_fetching(toy, mirror, cache):
    process = toy.start(mirror.url("slow"))
    while not list(cache.glob("toy/.tmp-*")):
        time.sleep(0.01)
    (entry,) = toy.at().clean()
    assert finished(process)["fingerprint"] == toy.published.variants[0].fingerprint
    assert entry.path.name.startswith("fetched-")


def test_a_copy_that_cannot_be_removed_is_an_error_that_names_it(toy, mirror, monkeypatch):
    files = toy.at(mirror.url("normal"))
    files.fetch()
    folder, _ = DatasetCache("toy").facts(FETCHED)

    def refuse(path, target):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.raises(BenchError, match=f"^toy: {folder} cannot be removed: Permission denied$"):
        files.clean()
    assert files.locate().found == "cache"
