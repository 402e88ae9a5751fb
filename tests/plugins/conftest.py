"""What tests of the PyTorch plugins share; a plugin of another framework has its own of the same names."""

import numpy as np
import pytest

from benchmark import FitContext, frameworks, registry


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
    """A detector fitted on small images, and what it told while it was."""

    def fitted(name, train=None, *, preset="smoke", **params):
        known, reports = registry.registry(), []
        frameworks.seed_everything("torch", 0)
        detector = known.build_detector(name, known.config(name, params, preset=preset))
        context = FitContext(listener=lambda report, score: reports.append((report, score)))
        detector.fit(images() if train is None else train, context)
        return detector, reports

    return fitted
