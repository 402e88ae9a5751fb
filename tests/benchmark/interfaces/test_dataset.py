import re

import numpy as np
import pytest

from benchmark.interfaces.dataset import LabelledImages, OnePartDataset
from benchmark.interfaces.errors import BadData


def arrays(**changes):
    values = {
        "train": np.arange(24, dtype=np.uint8).reshape(6, 2, 2, 1),
        "test": np.arange(16, dtype=np.uint8).reshape(4, 2, 2, 1),
        "train_labels": np.array([0, 1, 2, 0, 1, 2]),
        "test_labels": np.array([0, 1, 2, 0]),
        "classes": ("bag", "coat", "dress"),
    }
    return {**values, **changes}


def fingerprint(**changes):
    return OnePartDataset(LabelledImages(**arrays(**changes))).fingerprint


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"train": np.zeros((6, 2, 2, 1), np.float32)}, "train images must be uint8 or uint16"),
        ({"test": np.zeros((4, 2, 2), np.uint8)}, "these are uint8 of shape (4, 2, 2)"),
        ({"train_labels": np.zeros(5, int)}, "train_labels must be integers of shape (6,)"),
        ({"test_labels": np.zeros(4)}, "these are float64 of shape (4,)"),
        ({"test_labels": np.zeros((4, 1), int)}, "these are int64 of shape (4, 1)"),
        ({"train_labels": np.array([0, 1, 2, 0, 1, 3])}, "train_labels holds indices outside the 3 classes"),
        ({"test_labels": np.array([-1, 0, 1, 2])}, "test_labels holds indices outside the 3 classes"),
        ({"test": np.zeros((4, 2, 3, 1), np.uint8)}, "differ in size: (2, 2, 1) and (2, 3, 1)"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(changes, says):
    with pytest.raises(BadData, match=re.escape(says)):
        LabelledImages(**arrays(**changes))


@pytest.mark.parametrize("index", [-1, 3])
def test_a_normal_class_that_does_not_exist_is_refused(index):
    with pytest.raises(BadData, match="normal"):
        LabelledImages(**arrays(normal_class=index))


def test_two_classes_of_one_name_are_refused():
    with pytest.raises(BadData, match="coat"):
        LabelledImages(**arrays(classes=("coat", "coat", "dress")))


def test_a_part_without_training_images_is_allowed():
    images = LabelledImages(**arrays(train=np.zeros((0, 2, 2, 1), np.uint8), train_labels=np.zeros(0, int)))
    assert len(OnePartDataset(images).part("all").train) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"train": np.arange(1, 25, dtype=np.uint8).reshape(6, 2, 2, 1)},
        {"train": np.arange(24, dtype=np.uint16).reshape(6, 2, 2, 1), "test": np.zeros((4, 2, 2, 1), np.uint16)},
        {"test": np.zeros((4, 2, 2, 1), np.uint8)},
        {"train_labels": np.array([0, 1, 2, 0, 2, 1])},
        {"test_labels": np.array([0, 1, 2, 1])},
        {"classes": ("bag", "coat", "shirt")},
        {"normal_class": 0},
    ],
)
def test_whatever_a_detector_could_notice_changes_the_fingerprint(changes):
    assert fingerprint(**changes) != fingerprint()


def test_the_same_bytes_in_another_shape_have_another_fingerprint():
    flat = {"train": arrays()["train"].reshape(6, 1, 4, 1), "test": arrays()["test"].reshape(4, 1, 4, 1)}
    assert fingerprint(**flat) != fingerprint()


@pytest.mark.parametrize(
    "changes",
    [
        {"train_labels": np.array([0, 1, 2, 0, 1, 2], np.uint8), "test_labels": np.array([0, 1, 2, 0], np.int32)},
        {"train": np.asfortranarray(arrays()["train"])},
    ],
)
def test_how_the_arrays_lie_in_memory_does_not_change_the_fingerprint(changes):
    assert fingerprint(**changes) == fingerprint()


def test_memory_mapped_images_have_the_fingerprint_of_their_copy(tmp_path):
    np.save(tmp_path / "train.npy", arrays()["train"])
    assert fingerprint(train=np.load(tmp_path / "train.npy", mmap_mode="r")) == fingerprint()


def test_a_dataset_of_one_part_knows_no_other():
    images = LabelledImages(**arrays())
    dataset = OnePartDataset(images, variant="cropped")
    assert (dataset.parts, dataset.variant, dataset.part("all")) == (("all",), "cropped", images)
    with pytest.raises(KeyError):
        dataset.part("other")
