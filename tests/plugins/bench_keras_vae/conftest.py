import contextlib
import importlib
import json
import os

import numpy as np
import pytest

from benchmark import FitContext, build_detector
from benchmark.registry import registry

SMALL = {"filters": [4], "latent_dim": 3, "epochs": 2, "batch_size": 16}
SMALLEST = {"yoto_ocvae": {"filters": [4, 4]}}  # its decoder is conditioned on the weight between contractions

MODELS = {
    "vae": ("vae", "VAEModel"),
    "ocvae": ("ocvae", "OneClassVAEModel"),
    "yoto_ocvae": ("yoto", "YotoModel"),
    "ocnn": ("ocnn", "OneClassModel"),
}


@pytest.fixture(scope="session")
def keras():
    """Keras, loaded as a worker loads it."""
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="-1")
    from benchmark.running import frameworks

    frameworks.load("keras", threads=1)
    import keras

    return keras


@pytest.fixture(scope="session")
def images():
    """A function that makes images, read-only as the harness gives them."""

    def images(n=48, shape=(8, 8, 1), seed=0):
        array = np.random.RandomState(seed).uniform(size=(n, *shape)).astype(np.float32)
        array.flags.writeable = False
        return array

    return images


@pytest.fixture(scope="session")
def fit(keras, images):
    """A function that fits a small detector, and calls `listen` with each report, the model and its score."""
    from benchmark.running import frameworks

    def fit(name, shape=(8, 8, 1), *, train=None, listen=None, **params):
        frameworks.seed_everything("keras", 0)
        detector = build_detector(name, {**SMALL, **SMALLEST.get(name, {}), **params})
        make, models = detector._make, []
        detector._make = lambda *args: models.append(make(*args)) or models[0]
        listener = None if listen is None else lambda report, score: listen(report, models[0], score)
        detector.fit(images(shape=shape) if train is None else train, FitContext(listener=listener))
        return detector

    return fit


@pytest.fixture(scope="session")
def kept(fit):
    """A function that returns a small fitted detector and its reports; the same call returns the same ones."""
    known = {}

    def kept(name, shape=(8, 8, 1), **params):
        key = name, shape, json.dumps(params, sort_keys=True)
        if key not in known:
            reports = []
            known[key] = fit(name, shape, listen=lambda report, *_: reports.append(report), **params), reports
        return known[key]

    return kept


@pytest.fixture(scope="session")
def fitted(kept):
    """A function that returns a small fitted detector, which no test may change."""
    return lambda *args, **params: kept(*args, **params)[0]


@pytest.fixture(scope="session")
def reports_of(kept):
    """A function that returns what such a detector reported."""
    return lambda *args, **params: kept(*args, **params)[1]


@pytest.fixture(scope="session")
def new_model(keras):
    """A function that returns a small untrained model; `shaken` gives random values to all its variables."""
    from benchmark.running import frameworks

    def new_model(name, shape=(8, 8, 1), *, shaken=False, **params):
        frameworks.seed_everything("keras", 0)
        module, model_class = MODELS[name]
        config = registry().resolve(name, {**SMALL, **SMALLEST.get(name, {}), **params}).config
        model = getattr(importlib.import_module(f"bench_keras_vae.{module}"), model_class)(shape, config)
        if shaken:
            random = np.random.RandomState(0)
            for variable in [*model.trained_variables, model.centre]:
                variable.assign(0.3 * random.normal(size=variable.shape))
        return model

    return new_model


@pytest.fixture(scope="session")
def new_trainer(keras):
    """A function that returns a trainer of a model that takes plain gradient steps, eagerly."""
    from bench_keras_vae.trainer import Trainer

    def new_trainer(model, learning_rate=1.0):
        trainer = Trainer(model, weight_decay=model.config.weight_decay)
        trainer.compile(optimizer=keras.optimizers.SGD(learning_rate), run_eagerly=True)
        return trainer

    return new_trainer


@pytest.fixture(scope="session")
def rewound():
    """A context after which a model draws the same noise again."""

    @contextlib.contextmanager
    def rewound(model):
        state = np.asarray(model.noise.state).copy()
        yield
        model.noise.state.assign(state)

    return rewound
