"""What the spies record of seeding and of data."""

import os
import random
from pathlib import Path

import numpy as np
import pytest

from bench_datasets.cache import cache_folder
from benchmark.conformance.spies import data_folders, watch
from benchmark.interfaces.specs import NoOptions
from benchmark.registry import registry
from benchmark.running import frameworks


def load_digits():
    registry().datasets["digits"].load(NoOptions())


def test_seeding_is_recorded_and_still_done():
    with watch("numpy") as activity:
        np.random.seed(5)
        drawn = np.random.random()
        random.random()
    assert activity.seeders == ["numpy.random.seed"]
    assert drawn == np.random.RandomState(5).random_sample()


def test_nothing_is_recorded_outside():
    with watch("numpy") as activity:
        pass
    random.seed(1)
    load_digits()
    assert (activity.seeders, activity.data) == ([], [])


def test_a_dataset_and_its_files_are_recorded():
    with watch("numpy") as activity:
        load_digits()
    assert any(line.endswith("digits.csv.gz was opened") for line in activity.data)
    assert "a dataset of 539 test images was made" in activity.data


def test_the_folders_that_are_watched_are_those_of_the_data(monkeypatch):
    monkeypatch.setenv("BENCH_DATA", "data")
    for cache in ("cache", ""):
        monkeypatch.setenv("BENCH_CACHE", cache)
        assert data_folders() == [cache_folder().resolve(), Path("data").resolve()]


@pytest.mark.torch
def test_seeding_of_torch_is_recorded():
    frameworks.load("torch", threads=1)
    import torch

    with watch("torch") as activity:
        torch.manual_seed(0)
    assert activity.seeders == ["torch.manual_seed"]


@pytest.mark.keras
def test_seeding_of_keras_is_recorded():
    os.environ.update(frameworks.environment("keras", threads=1))
    frameworks.load("keras", threads=1)
    import keras
    import tensorflow

    with watch("keras") as activity:
        tensorflow.random.set_seed(0)
    assert activity.seeders == ["tensorflow.random.set_seed"]
    with watch("keras") as activity:
        keras.utils.set_random_seed(0)
    assert {"keras.utils.set_random_seed", "random.seed", "numpy.random.seed"} <= set(activity.seeders)
