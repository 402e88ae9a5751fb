import os

import numpy as np
import pytest

from benchmark.running import images_file
from benchmark.running.images_file import ImagesFile, map_images

RAW = np.random.RandomState(0).randint(0, 256, (20, 3, 4, 2)).astype(np.uint8)


def mapped(file):
    return map_images(os.dup(file.descriptor), file.layout)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_each_set_comes_back_in_its_order(dtype):
    raw = RAW.astype(dtype) * 3
    first, second = np.array([3, 19, 0]), np.array([7])
    images = mapped(ImagesFile(raw, [first, second]))
    for got, indices in zip(images, (first, second), strict=True):
        np.testing.assert_array_equal(got, raw[indices], strict=True)


def test_a_set_may_be_empty():
    train, held_out = mapped(ImagesFile(RAW, [np.array([1]), np.array([], dtype=np.int64)]))
    assert (len(train), held_out.shape) == (1, (0, 3, 4, 2))


def test_what_a_worker_maps_cannot_be_written():
    (images,) = mapped(ImagesFile(RAW, [np.arange(20)]))
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 0


def test_the_mapping_outlives_the_other_end():
    file = ImagesFile(RAW, [np.arange(20)])
    (images,) = mapped(file)
    descriptor = file.descriptor
    del file
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    np.testing.assert_array_equal(images, RAW)


def test_no_process_can_change_the_file():
    file = ImagesFile(RAW, [np.arange(20)])
    with pytest.raises(OSError, match=r"not permitted|Bad file descriptor"):
        os.pwrite(file.descriptor, b"x", 0)


def test_a_system_without_files_in_memory_uses_a_temporary_file(monkeypatch):
    def refuse(*_):
        raise OSError("not here")

    monkeypatch.setattr(images_file.os, "memfd_create", refuse)
    file = ImagesFile(RAW, [np.arange(5)])
    (images,) = mapped(file)
    np.testing.assert_array_equal(images, RAW[:5])
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.pwrite(file.descriptor, b"x", 0)
