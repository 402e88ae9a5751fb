import dataclasses
import json
import os
import sys

import numpy as np
import pytest

from benchmark.data.cache import FETCHED, Shelf
from benchmark.data.obtain import Whereabouts, locate, obtain, verify
from benchmark.data.recipe import Variant
from benchmark.interfaces.errors import BadData, DataNotFound

pytestmark = pytest.mark.slow


@pytest.fixture
def given(toy, tmp_path, monkeypatch):
    """The folder of the toy under BENCH_DATA."""
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    return toy.lay(tmp_path / "data" / "toy")


def unknown(toy):
    """The recipe of a toy whose copy in hand nobody knows."""
    return dataclasses.replace(toy.recipe, variants=(Variant(fingerprint="0" * 64),))


def finished(process):
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return json.loads(out)


def test_bench_data_comes_before_the_cache_and_the_mirrors(toy, given, mirror):
    obtain(toy.at(mirror.url("normal")))
    assert mirror.asked == []
    assert locate(toy.recipe) == Whereabouts("BENCH_DATA", "official")


def test_a_bench_data_without_the_files_is_passed_over(toy, given, mirror):
    (given / "t10k-labels-idx1-ubyte.gz").unlink()
    recipe = toy.at(mirror.url("normal"))
    assert obtain(recipe).label == "official"
    assert locate(recipe) == Whereabouts("cache", "official")


def test_what_was_fetched_once_is_not_fetched_again(toy, mirror):
    recipe = toy.at(mirror.url("normal"))
    first, again = obtain(recipe), obtain(recipe)
    assert len(mirror.asked) == len(toy.files)
    assert first.fingerprint == again.fingerprint


def test_files_are_decoded_once(toy, given, monkeypatch):
    obtain(toy.recipe)
    recipe = dataclasses.replace(toy.recipe, decode=lambda files, kinds: pytest.fail("decoded again"))
    assert obtain(recipe).label == "official"


def test_a_file_that_changed_is_decoded_again(toy, given, cache):
    obtain(toy.recipe)
    path = given / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadData, match="cannot be read"):
        obtain(toy.recipe)
    toy.lay(given)
    assert obtain(toy.recipe).label == "official"
    assert len(list(cache.glob("toy/*-*-*"))) == 1  # the older copy of the same place is gone


def test_arrays_from_the_cache_are_mapped_and_cannot_be_written(toy, given):
    images = obtain(toy.recipe).part("all")
    for array in (images.train, images.test, images.train_kind, images.test_kind):
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
    assert (images.train.shape, images.train_kind.dtype) == ((600, 28, 28, 1), np.int64)


def test_a_dataset_from_the_cache_knows_its_fingerprint_without_reading_the_images(toy, given, monkeypatch):
    fingerprint = obtain(toy.recipe).fingerprint
    monkeypatch.setattr("benchmark.data.obtain.fingerprint", lambda images: pytest.fail("read every pixel"))
    assert obtain(toy.recipe).fingerprint == fingerprint


def test_a_dataset_of_one_part_has_no_other(toy, given):
    with pytest.raises(KeyError):
        obtain(toy.recipe).part("train")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which pages of a process are shared")
def test_a_second_process_shares_the_pages_of_the_first(toy, given):
    mine = obtain(toy.recipe).images.train
    total = int(mine.sum())
    theirs = finished(toy.start())
    ((resident, proportional),) = theirs["pages"]
    assert theirs["total"] == total
    assert resident >= mine.nbytes
    assert proportional <= 0.75 * resident  # a page that two map counts half in each


def test_images_of_no_known_copy_are_refused(toy, given):
    with pytest.raises(BadData, match=r"are no known copy of 'toy'.*known are 0{16} \(official\).*--accept-data toy"):
        obtain(unknown(toy))


def test_images_of_no_known_copy_are_unverified_where_they_are_accepted(toy, given, monkeypatch):
    monkeypatch.setenv("BENCH_ACCEPT_DATA", "mnist, toy")
    recipe = unknown(toy)
    assert [obtain(recipe).label for _ in range(2)] == ["unverified"] * 2
    assert recipe.footnote("unverified").startswith("The images are no known copy of toy")
    monkeypatch.setenv("BENCH_ACCEPT_DATA", "mnist")
    with pytest.raises(BadData, match="no known copy"):
        obtain(recipe)


def test_a_copy_is_called_by_the_name_it_has_today(toy, given):
    obtain(toy.recipe)
    renamed = dataclasses.replace(toy.recipe.variants[0], label="odd-one", footnote="Odd.")
    recipe = dataclasses.replace(toy.recipe, variants=(renamed,))
    assert obtain(recipe).label == "odd-one"
    assert (recipe.footnote("odd-one"), recipe.footnote("official")) == ("Odd.", "")


def test_a_source_that_brings_another_dataset_is_a_source_that_failed(toy, mirror):
    recipe = dataclasses.replace(toy.at(mirror.url("normal"), mirror.url("slow")), variants=unknown(toy).variants)
    with pytest.raises(DataNotFound, match="no known copy"):
        obtain(recipe)


def test_nothing_found_is_one_line_that_lists_what_was_tried(toy, mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataNotFound) as caught:
        obtain(toy.at(mirror.url("missing"), "http://127.0.0.1:9/"))
    said = str(caught.value)
    assert "\n" not in said
    for part in ("nowhere/toy holds no train-images", "not cached", "HTTP status 404", "no connection", "What to do:"):
        assert part in said


def test_a_fetch_that_was_killed_half_way_leaves_nothing_that_is_read(toy, mirror, cache):
    process = toy.start(mirror.url("stalled"))
    assert mirror.half_sent.wait(20)
    process.kill()
    process.communicate()
    (leftover,) = cache.glob("toy/.tmp-*")
    assert any(leftover.rglob("*"))
    assert locate(toy.recipe).found == "missing"
    assert obtain(toy.at(mirror.url("normal"))).label == "official"
    assert not leftover.exists()


def test_two_fetches_at_once_fetch_once(toy, mirror):
    processes = [toy.start(mirror.url("slow")) for _ in range(2)]
    fingerprints = {finished(process)["fingerprint"] for process in processes}
    assert fingerprints == {toy.recipe.variants[0].fingerprint}
    assert sorted(name for _, name in mirror.asked) == sorted(toy.files)


@pytest.mark.parametrize("source", ["BENCH_DATA", "mirror"])
def test_a_cache_that_cannot_be_written_is_done_without(toy, mirror, tmp_path, monkeypatch, source):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "file" / "cache"))
    if source == "BENCH_DATA":
        toy.lay(tmp_path / "data" / "toy")
        monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    found = obtain(toy.at(mirror.url("normal")))
    assert (found.label, found.images.train.shape) == ("official", (600, 28, 28, 1))


def test_a_cache_that_is_full_is_done_without(toy, given, monkeypatch, cache):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert obtain(toy.recipe).label == "official"
    assert list(cache.glob("toy/*-*")) == []


@pytest.mark.parametrize("name", ["train.npy", "meta.json"])
def test_a_copy_that_was_cut_short_is_made_anew(toy, mirror, name):
    recipe = toy.at(mirror.url("normal"))
    obtain(recipe)
    folder, _ = Shelf("toy").facts(FETCHED)
    (folder / name).write_bytes((folder / name).read_bytes()[:-100])
    assert obtain(recipe).label == "official"
    assert len(mirror.asked) == 2 * len(toy.files)


@pytest.mark.parametrize("where", [0, -1], ids=["the header", "the last pixel"])
def test_verifying_finds_a_damaged_copy(toy, mirror, where):
    recipe = toy.at(mirror.url("normal"))
    obtain(recipe)
    assert verify(recipe).label == "official"
    folder, _ = Shelf("toy").facts(FETCHED)
    content = bytearray((folder / "train.npy").read_bytes())
    content[where] ^= 1
    (folder / "train.npy").write_bytes(content)
    with pytest.raises(BadData, match=r"is damaged.*then run: bench data fetch toy"):
        verify(recipe)


def test_verifying_what_is_not_here_fetches_nothing(toy, mirror):
    with pytest.raises(DataNotFound, match="bench data fetch toy"):
        verify(toy.at(mirror.url("normal")))
    assert mirror.asked == []


def test_verifying_files_that_were_never_decoded_decodes_them(toy, given):
    assert verify(toy.recipe).label == "official"
