import gzip
import os

import numpy as np
import pytest

from benchmark.builtin.datasets import FASHION_MNIST, MNIST, SPECS, IdxSource, load_digits, load_idx_dataset
from benchmark.interfaces.dataset import LabelledImages, OnePartDataset
from benchmark.interfaces.errors import BadData, BenchError, DataNotFound
from benchmark.interfaces.specs import NoOptions

FILES = {
    "train-images-idx3-ubyte": np.arange(6 * 4, dtype=np.uint8).reshape(6, 2, 2),
    "train-labels-idx1-ubyte": np.array([0, 1, 0, 1, 0, 1], np.uint8),
    "t10k-images-idx3-ubyte": np.arange(100, 112, dtype=np.uint8).reshape(3, 2, 2),
    "t10k-labels-idx1-ubyte": np.array([1, 0, 1], np.uint8),
}
EXPECTED = LabelledImages(
    train=FILES["train-images-idx3-ubyte"][..., np.newaxis],
    test=FILES["t10k-images-idx3-ubyte"][..., np.newaxis],
    train_kind=FILES["train-labels-idx1-ubyte"].astype(np.int64),
    test_kind=FILES["t10k-labels-idx1-ubyte"].astype(np.int64),
    kinds=("bag", "coat"),
)
TOY = IdxSource(name="toy", kinds=EXPECTED.kinds, official=OnePartDataset(EXPECTED).fingerprint)


def as_idx(array):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of the dataset `toy`, with its four files, under BENCH_DATA."""
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    folder = tmp_path / "toy"
    folder.mkdir()
    for name, array in FILES.items():
        (folder / name).write_bytes(as_idx(array))
    return folder


def test_plain_and_gzip_files_give_the_same_arrays(folder):
    plain = load_idx_dataset(TOY, NoOptions())
    for name in FILES:
        (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes()))
        (folder / name).unlink()
    packed = load_idx_dataset(TOY, NoOptions())
    for dataset in (plain, packed):
        images = dataset.part("all")
        for field in ("train", "test", "train_kind", "test_kind"):
            assert (getattr(images, field) == getattr(EXPECTED, field)).all()
    assert plain.fingerprint == packed.fingerprint == TOY.official


def test_images_and_labels_have_the_shapes_and_types_of_the_contract(folder):
    images = load_idx_dataset(TOY, NoOptions()).part("all")
    assert (images.train.shape, images.train.dtype) == ((6, 2, 2, 1), np.uint8)
    assert (images.train_kind.shape, images.train_kind.dtype) == ((6,), np.int64)


def test_images_that_are_not_the_official_ones_are_refused(folder):
    (folder / "t10k-labels-idx1-ubyte").write_bytes(as_idx(np.array([1, 1, 1], np.uint8)))
    with pytest.raises(BadData, match="are not the official toy") as caught:
        load_idx_dataset(TOY, NoOptions())
    assert str(folder) in str(caught.value)
    assert TOY.official[:16] in str(caught.value)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda path: path.unlink(), DataNotFound),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), BadData),
        (lambda path: path.write_bytes(path.read_bytes() + b"\0"), BadData),
        (lambda path: path.write_bytes(b"not found"), BadData),
        (lambda path: path.write_bytes(as_idx(np.zeros((7, 1), np.uint8))), BadData),
    ],
    ids=["missing", "truncated", "trailing", "not idx", "other dimensions"],
)
def test_a_file_that_is_wrong_is_one_error_that_names_its_place(folder, name, damage, error):
    damage(folder / name)
    with pytest.raises(error) as caught:
        load_idx_dataset(TOY, NoOptions())
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [None, ""])
def test_without_bench_data_the_error_says_what_to_set(monkeypatch, value):
    monkeypatch.delenv("BENCH_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("BENCH_DATA", value)
    with pytest.raises(DataNotFound, match=r"BENCH_DATA is not set\. Set it to a folder whose toy/"):
        load_idx_dataset(TOY, NoOptions())


def test_a_bench_data_that_does_not_exist_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(BenchError, match="nowhere"):
        load_idx_dataset(TOY, NoOptions())


@pytest.mark.skipif(not os.environ.get("BENCH_DATA"), reason="BENCH_DATA is not set: no official files to read")
@pytest.mark.parametrize(("source", "fewest", "most"), [(MNIST, 5421, 6742), (FASHION_MNIST, 6000, 6000)])
def test_the_official_files_are_read_and_recognised(source, fewest, most):
    spec = next(spec for spec in SPECS if spec.name == source.name)
    dataset = spec.load(NoOptions())
    images = dataset.part("all")
    assert images.train.shape == (60_000, 28, 28, 1)
    assert images.test.shape == (10_000, 28, 28, 1)
    counts = np.bincount(images.train_kind, minlength=10)
    assert (counts.min(), counts.max()) == (fewest, most)
    assert images.kinds == source.kinds
    assert (dataset.fingerprint, dataset.label) == (source.official, "official")


def test_digits_are_split_70_to_30_within_each_class():
    images = load_digits(NoOptions()).part("all")
    train, test = np.bincount(images.train_kind), np.bincount(images.test_kind)
    assert (train + test).sum() == 1797
    assert np.abs(train - 0.7 * (train + test)).max() <= 0.5
    assert images.train.shape[1:] == (8, 8, 1)


def test_digits_use_the_whole_range_of_a_byte():
    images = load_digits(NoOptions()).part("all")
    assert (images.train.dtype, images.train.min(), images.train.max()) == (np.uint8, 0, 255)


def test_the_split_of_the_digits_is_frozen_for_good():
    assert load_digits(NoOptions()).fingerprint[:16] == "9ec9dfc12522e2b9"
