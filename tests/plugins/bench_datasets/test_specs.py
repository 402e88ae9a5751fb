import dataclasses
import os

import numpy as np
import pytest

from bench_datasets.cached_files import CachedFiles
from bench_datasets.idx import IDX_FILES
from bench_datasets.sources import Mirror
from bench_datasets.specs import CIFAR10, FASHION_MNIST, MNIST, SPECS, load_digits
from benchmark.interfaces.errors import BadData, DataNotFound
from benchmark.interfaces.specs import NoOptions

PUBLISHED = {published.name: published for published in (MNIST, FASHION_MNIST, CIFAR10)}
NAMES = {"mnist": IDX_FILES[0], "fashion_mnist": IDX_FILES[0], "cifar10": "cifar-10-binary.tar.gz"}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))


def spec(name):
    return next(spec for spec in SPECS if spec.name == name)


@pytest.mark.skipif(not os.environ.get("BENCH_DATA"), reason="BENCH_DATA is not set: no official files to read")
@pytest.mark.parametrize(("published", "fewest", "most"), [(MNIST, 5421, 6742), (FASHION_MNIST, 6000, 6000)])
def test_the_official_files_are_read_and_recognised(published, fewest, most):
    dataset = spec(published.name).load(NoOptions())
    images = dataset.part("all")
    assert images.train.shape == (60_000, 28, 28, 1)
    assert images.test.shape == (10_000, 28, 28, 1)
    counts = np.bincount(images.train_labels, minlength=10)
    assert (counts.min(), counts.max()) == (fewest, most)
    assert images.classes == published.classes
    assert dataset.variant == "official"
    assert dataset.footnote == ""


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("BENCH_DATA"), reason="BENCH_DATA is not set: no CIFAR-10 to read")
def test_the_copy_of_cifar10_in_hand_is_a_variant_with_a_footnote():
    dataset = spec("cifar10").load(NoOptions())
    images = dataset.part("all")
    assert (images.train.shape, images.test.shape) == ((50_000, 32, 32, 3), (10_000, 32, 32, 3))
    assert np.bincount(images.train_labels).tolist() == [5000] * 10
    assert np.bincount(images.test_labels).tolist() == [1000] * 10
    assert dataset.variant == "98-from-jpeg"
    assert "59,902 of its 60,000 images are pixel-exact" in dataset.footnote


def test_official_cifar10_is_earned_by_the_archive_alone():
    assert CIFAR10.official_md5 == "c32a1d4ab5d03f1284b67883e8d87530"
    assert "official" not in {variant.name for variant in CIFAR10.variants}


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_dataset_kept_in_files_is_looked_for_on_encrypted_mirrors(name):
    mirrors = [source for source in PUBLISHED[name].sources if isinstance(source, Mirror)]
    assert mirrors
    assert all(mirror.url.startswith("https://") and mirror.url.endswith("/") for mirror in mirrors)
    assert all(len(md5) == 32 for mirror in mirrors for _, md5 in mirror.md5)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_copy_that_is_not_official_has_a_footnote(name):
    for variant in PUBLISHED[name].variants:
        assert bool(PUBLISHED[name].footnote(variant.name)) == (variant.name != "official")
    assert "accepted with --accept-data" in PUBLISHED[name].footnote("unverified")


@pytest.mark.parametrize("name", PUBLISHED)
def test_damaged_files_in_bench_data_are_named_and_nothing_is_fetched(name, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    (tmp_path / name).mkdir()
    for file in IDX_FILES if name != "cifar10" else [NAMES[name]]:
        (tmp_path / name / file).write_bytes(b"not found")
    with pytest.raises(BadData, match=f"{tmp_path}/{name}/{NAMES[name]} "):
        spec(name).load(NoOptions())


@pytest.mark.parametrize("value", [None, ""])
def test_without_bench_data_and_without_sources_the_error_says_what_to_set(monkeypatch, value):
    monkeypatch.delenv("BENCH_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("BENCH_DATA", value)
    with pytest.raises(DataNotFound, match=r"BENCH_DATA is not set; .*set BENCH_DATA to a folder whose mnist/ holds"):
        CachedFiles(dataclasses.replace(MNIST, sources=())).fetch()


def test_digits_are_split_70_to_30_within_each_class():
    images = load_digits(NoOptions()).part("all")
    train, test = np.bincount(images.train_labels), np.bincount(images.test_labels)
    assert (train + test).sum() == 1797
    assert np.abs(train - 0.7 * (train + test)).max() <= 0.5
    assert images.train.shape[1:] == (8, 8, 1)


def test_digits_use_the_whole_range_of_a_byte():
    images = load_digits(NoOptions()).part("all")
    assert (images.train.dtype, images.train.min(), images.train.max()) == (np.uint8, 0, 255)


def test_the_split_of_the_digits_is_frozen_for_good():
    assert load_digits(NoOptions()).fingerprint[:16] == "9ec9dfc12522e2b9"
