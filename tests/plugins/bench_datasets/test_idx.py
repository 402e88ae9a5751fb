import gzip
import lzma

import numpy as np
import pytest

from bench_datasets.idx import read_idx
from benchmark.interfaces.errors import BadData

ARRAY = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def as_idx(array):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


GOOD = as_idx(ARRAY)


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (300, 1, 1), (0, 28, 28)])
@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress], ids=["plain", "gzip", "xz"])
def test_the_array_that_was_written_is_read(tmp_path, shape, compress):
    array = (np.arange(np.prod(shape)) % 251).astype(np.uint8).reshape(shape)
    path = tmp_path / "array"
    path.write_bytes(compress(as_idx(array)))
    read = read_idx(path)
    assert read.dtype == np.uint8
    assert read.shape == shape
    assert (read == array).all()


def test_gzip_is_recognised_by_the_content_and_not_by_the_name(tmp_path):
    (tmp_path / "named.gz").write_bytes(GOOD)
    assert (read_idx(tmp_path / "named.gz") == ARRAY).all()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD[:-1], "is damaged: it has 23 of the 24 bytes that its header states"),
        (GOOD + b"\0", "is damaged: it has more than the 24 bytes that its header states"),
        (GOOD[:9], "is damaged"),
        (GOOD[:4], "is damaged"),
        (b"", "is not an idx file"),
        (b"<html>404 Not Found</html>", "is not an idx file"),
        (b"\0\0\x0d\x01" + GOOD[4:], "is not an idx file of unsigned bytes"),
        (bytes([0, 0, 8, 255]) + bytes(4 * 255), "is not an idx file"),
        (bytes([0, 0, 8, 4]) + b"\xff" * 16, "is damaged"),
        (lzma.compress(GOOD)[:-9], "cannot be read"),
        (gzip.compress(GOOD)[:-9], "cannot be read"),
        (gzip.compress(GOOD)[:15], "cannot be read"),
        (gzip.compress(GOOD)[:-8] + bytes(8), "cannot be read"),
        (gzip.compress(GOOD) + b"more", "cannot be read"),
        (gzip.compress(GOOD)[:10] + b"\xff" * 30, "cannot be read"),
        (gzip.compress(GOOD[:-1]), "is damaged"),
        (gzip.compress(b"text"), "is not an idx file"),
    ],
)
def test_a_damaged_file_is_named_in_one_line(tmp_path, content, says):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(BadData) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path} {says}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()], ids=["missing", "a folder"])
def test_what_is_no_file_cannot_be_read(tmp_path, make):
    path = tmp_path / "train-images-idx3-ubyte"
    make(path)
    with pytest.raises(BadData, match="cannot be read"):
        read_idx(path)
