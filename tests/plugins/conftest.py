"""What tests of the PyTorch plugins share; a plugin of another framework has its own of the same names."""

import numpy as np
import pytest

from benchmark import FitContext
from benchmark.registry import registry
from benchmark.running import frameworks


@pytest.fixture(scope="session")
def torch():
    frameworks.load("torch", threads=1)
    import torch

    return torch


@pytest.fixture(autouse=True)
def _framework_is_loaded(request):
    if request.node.get_closest_marker("torch"):
        request.getfixturevalue("torch")


@pytest.fixture
def images():
    def make(n=40, shape=(8, 8, 1), seed=0):
        made = np.random.RandomState(seed).uniform(size=(n, *shape)).astype(np.float32)
        made.flags.writeable = False
        return made

    return make


@pytest.fixture
def fit(images):
    """A function that returns a detector fitted on small images, and its reports with the `score` of each."""

    def fitted(name, train=None, *, preset="smoke", **params):
        reports = []
        frameworks.seed_everything("torch", 0)
        detector = registry().resolve(name, params, preset=preset).build()
        context = FitContext(listener=lambda report, score: reports.append((report, score)))
        detector.fit(images() if train is None else train, context)
        return detector, reports

    return fitted
