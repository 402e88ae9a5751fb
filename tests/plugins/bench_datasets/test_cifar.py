import gzip
import hashlib
import io
import lzma
import tarfile

import numpy as np
import pytest

from bench_datasets.cached_files import CachedFiles
from bench_datasets.cifar import ARCHIVE, BATCHES, decode_cifar, find_cifar
from bench_datasets.published_files import PublishedFiles
from benchmark.interfaces.errors import BadData, DataNotFound

CLASSES = ("airplane", "automobile", "bird")
RANDOM = np.random.RandomState(0)
ROWS = {name: RANDOM.randint(0, 256, (2, 3073)).astype(np.uint8) for name in BATCHES}
for number, rows in enumerate(ROWS.values()):
    rows[:, 0] = number % 3
CONTENT = {name: rows.tobytes() for name, rows in ROWS.items()}


def lay(folder, compress=bytes, suffix=""):
    folder.mkdir(exist_ok=True)
    for name, content in CONTENT.items():
        (folder / f"{name}{suffix}").write_bytes(compress(content))


def archive(content, folder="cifar-10-batches-bin"):
    compressed = io.BytesIO()
    with tarfile.open(fileobj=compressed, mode="w:gz") as tar:
        for name in reversed(content):
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content[name])
            tar.addfile(member, io.BytesIO(content[name]))
    return compressed.getvalue()


def check(folder):
    images = decode_cifar(find_cifar(folder), CLASSES)
    assert (images.train.shape, images.train.dtype) == ((10, 32, 32, 3), np.uint8)
    assert images.train_labels.tolist() == [0, 0, 1, 1, 2, 2, 0, 0, 1, 1]
    assert images.test_labels.tolist() == [2, 2]
    row = ROWS["data_batch_2.bin"][1]
    for channel in range(3):
        plane = row[1 + 1024 * channel : 1 + 1024 * (channel + 1)].reshape(32, 32)
        assert (images.train[3, :, :, channel] == plane).all()


@pytest.mark.parametrize("inside", ["", "cifar-10-batches-bin"])
@pytest.mark.parametrize(
    ("compress", "suffix"), [(bytes, ""), (gzip.compress, ".gz"), (lzma.compress, ".xz")], ids=["plain", "gz", "xz"]
)
def test_batches_are_read_plain_and_compressed(tmp_path, inside, compress, suffix):
    lay(tmp_path / inside, compress, suffix)
    check(tmp_path)


def test_the_archive_is_read_whatever_the_order_of_its_members(tmp_path):
    (tmp_path / ARCHIVE).write_bytes(archive(CONTENT))
    check(tmp_path)


def test_the_archive_is_official_by_its_md5(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    (tmp_path / "toy").mkdir()
    path = tmp_path / "toy" / ARCHIVE
    path.write_bytes(archive(CONTENT))
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    published = PublishedFiles(
        name="toy", classes=CLASSES, find=find_cifar, decode=decode_cifar, variants=(), official_md5=md5
    )
    toy = CachedFiles(published)
    assert [toy.fetch().variant for _ in range(2)] == ["official"] * 2
    path.write_bytes(archive({**CONTENT, "test_batch.bin": bytes(3073)}))
    with pytest.raises(BadData, match="no known copy"):
        toy.fetch()


def test_a_folder_without_batches_is_named(tmp_path):
    lay(tmp_path)
    (tmp_path / "test_batch.bin").unlink()
    with pytest.raises(DataNotFound, match=rf"{tmp_path} holds neither {ARCHIVE} nor the six batches"):
        find_cifar(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        archive(CONTENT)[:5000],
        archive({name: CONTENT[name] for name in BATCHES[1:]}),
        archive({**CONTENT, "test_batch.bin": bytes(3072)}),
        archive({**CONTENT, "test_batch.bin": b""}),
        archive({**CONTENT, "test_batch.bin": bytes([9]) * 3073}),
        archive({**CONTENT, "test_batch.bin": bytes(10_001 * 3073)}),
        archive(CONTENT, folder="../cifar-10-batches-bin"),
        b"<html>404 Not Found</html>",
        b"",
    ],
    ids=["truncated", "batch missing", "cut", "empty", "label", "too long", "elsewhere", "no archive", "nothing"],
)
def test_a_damaged_archive_is_named_in_one_line(tmp_path, content):
    (tmp_path / ARCHIVE).write_bytes(content)
    with pytest.raises(BadData) as caught:
        decode_cifar(find_cifar(tmp_path), CLASSES)
    assert str(caught.value).startswith(f"{tmp_path / ARCHIVE} cannot be read: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", [lambda content: content[:-9], lambda content: b"text", lambda content: b""])
def test_a_damaged_batch_is_named_in_one_line(tmp_path, damage):
    lay(tmp_path, lzma.compress, ".xz")
    path = tmp_path / "data_batch_3.bin.xz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BadData, match=f"{tmp_path} cannot be read: "):
        decode_cifar(find_cifar(tmp_path), CLASSES)
