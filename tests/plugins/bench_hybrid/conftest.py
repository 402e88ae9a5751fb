import numpy as np
import pytest

from bench_hybrid.configs import HybridConfig
from bench_hybrid.detector import Hybrid
from benchmark import Detector, FitContext, NotFitted


class Coding(Detector):
    """Codes that are random projections, drawn from the global generator as a network's first weights are."""

    def __init__(self, dim=4):
        self.dim, self.fits, self.weights = dim, 0, None

    def fit(self, images, context):
        self.fits += 1
        self.weights = np.random.normal(size=(images[0].size, self.dim))
        for number in (1, 2):
            context.epoch(number, of=2, losses={"loss": 1 / number}, score=self.score, measures={"rate": 0.1})

    def embed(self, images):
        if self.weights is None:
            raise NotFitted("'coding' must be fitted before it can score")
        return images.reshape(len(images), -1).astype(np.float64) @ self.weights

    def score(self, images):
        return {"length": np.square(self.embed(images)).sum(axis=1)}

    def facts(self):
        return {"parameters": float(self.weights.size)}


class Decoding(Coding):
    """One that has a decoder, and can be saved."""

    def reconstruct(self, images):
        return 0.5 * images

    def heatmap(self, images):
        return images[..., 0] / 2

    def save(self, folder):
        np.save(folder / "weights.npy", self.weights)

    def load(self, folder):
        self.weights = np.load(folder / "weights.npy", allow_pickle=False)


@pytest.fixture
def coding():
    return Coding


@pytest.fixture
def decoding():
    return Decoding


@pytest.fixture
def images():
    """A function that makes images around grey, as a detector gets them."""

    def make(n=60, *, seed=0, around=0.5):
        random = np.random.RandomState(seed)
        made = (around + 0.1 * random.normal(size=(n, 3, 3, 1))).astype(np.float32)
        made.flags.writeable = False
        return made

    return make


@pytest.fixture
def fit(images):
    """A function that fits a hybrid on an encoder."""

    def fitted(encoder, train=None, *, seed=0, listener=None, **params):
        np.random.seed(seed)
        detector = Hybrid(HybridConfig(**params), encoder)
        detector.fit(images() if train is None else train, FitContext(seed=seed, listener=listener))
        return detector

    return fitted


@pytest.fixture
def codes():
    """A function that makes codes: normal, of one scale, correlated."""

    def make(n=200, d=3, *, seed=0):
        random = np.random.RandomState(seed)
        return random.normal(size=(n, d)) @ (np.eye(d) + 0.5 * np.ones((d, d)))

    return make
