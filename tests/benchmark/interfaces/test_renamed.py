"""A plugin written for the old names gets one line for each, with the new name."""

import dataclasses
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

from benchmark import BenchError, Dataset, LabelledImages, OnePartDataset

PAGE = Path(__file__).parents[3] / "docs" / "upgrading.md"
IMAGES = {
    "train": np.zeros((2, 3, 3, 1), np.uint8),
    "test": np.zeros((2, 3, 3, 1), np.uint8),
    "train_labels": np.array([0, 1]),
    "test_labels": np.array([0, 1]),
    "classes": ("round", "square"),
    "normal_class": None,
}


@pytest.mark.parametrize(
    ("old", "new"),
    [("train_kind", "train_labels"), ("test_kind", "test_labels"), ("kinds", "classes"), ("normal", "normal_class")],
)
def test_an_old_keyword_of_labelled_images_is_refused_with_the_new_one(old, new):
    values = {old if name == new else name: value for name, value in IMAGES.items()}
    with pytest.raises(BenchError, match=f"^LabelledImages: `{old}` is now called `{new}`; see docs/upgrading.md$"):
        LabelledImages(**values)


def test_the_label_of_a_dataset_is_now_its_variant():
    line = re.escape("`label` is now called `variant`; see docs/upgrading.md")
    with pytest.raises(BenchError, match=f"^OnePartDataset: {line}$"):
        OnePartDataset(LabelledImages(**IMAGES), label="official")

    class Old(Dataset):
        label = "official"

        def part(self, name):
            return LabelledImages(**IMAGES)

    with pytest.raises(BenchError, match=f"^Old: {line}$"):
        print(Old().variant)
    with pytest.raises(AttributeError, match="'Old' object has no attribute 'fingerprint'"):
        print(Old().fingerprint)


def test_the_new_names_are_all_that_a_signature_shows():
    images = LabelledImages(**IMAGES)
    assert list(inspect.signature(LabelledImages).parameters) == [field.name for field in dataclasses.fields(images)]
    assert dataclasses.replace(images, normal_class=1).normal_class == 1
    assert OnePartDataset(images, variant="copy").variant == "copy"


def test_every_old_keyword_is_in_the_page_for_authors():
    page = PAGE.read_text()
    for name in ("train_kind", "test_kind", "kinds", "normal", "label"):
        assert f"`{name}`" in page or f"`{name}=`" in page, name
