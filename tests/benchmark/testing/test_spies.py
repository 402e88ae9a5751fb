"""What the spies see of seeding and of data."""

import os
import random

import numpy as np
import pytest

from benchmark import frameworks
from benchmark.builtin.datasets import load_digits
from benchmark.interfaces.specs import NoOptions
from benchmark.testing.spies import watch


def test_seeding_is_seen_and_still_done():
    with watch("numpy") as seen:
        np.random.seed(5)
        drawn = np.random.random()
        random.random()
    assert seen.seeders == ["numpy.random.seed"]
    assert drawn == np.random.RandomState(5).random_sample()


def test_nothing_is_seen_outside():
    with watch("numpy") as seen:
        pass
    random.seed(1)
    load_digits(NoOptions())
    assert (seen.seeders, seen.data) == ([], [])


def test_a_dataset_and_its_files_are_seen():
    with watch("numpy") as seen:
        load_digits(NoOptions())
    assert any(line.endswith("digits.csv.gz was opened") for line in seen.data)
    assert "a dataset of 539 test images was made" in seen.data


@pytest.mark.torch
def test_seeding_of_torch_is_seen():
    frameworks.load("torch", threads=1)
    import torch

    with watch("torch") as seen:
        torch.manual_seed(0)
    assert seen.seeders == ["torch.manual_seed"]


@pytest.mark.keras
def test_seeding_of_keras_is_seen():
    os.environ.update(frameworks.environment("keras", threads=1))
    frameworks.load("keras", threads=1)
    import keras
    import tensorflow

    with watch("keras") as seen:
        tensorflow.random.set_seed(0)
    assert seen.seeders == ["tensorflow.random.set_seed"]
    with watch("keras") as seen:
        keras.utils.set_random_seed(0)
    assert {"keras.utils.set_random_seed", "random.seed", "numpy.random.seed"} <= set(seen.seeders)
