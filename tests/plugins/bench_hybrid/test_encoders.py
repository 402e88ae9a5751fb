"""On the encoders that come with the project: trained as alone, saved, loaded."""

import numpy as np
import pytest

from benchmark import FitContext, build_detector
from benchmark.running import frameworks

ENCODERS = [
    pytest.param("deep_svdd", "torch", {"epochs": 2}, marks=pytest.mark.torch),
    pytest.param("vae", "keras", {"filters": [4], "latent_dim": 3, "epochs": 2}, marks=pytest.mark.keras),
]


def trained(name, framework, images, params):
    frameworks.load(framework, threads=1)
    frameworks.seed_everything(framework, 5)
    detector = build_detector(name, params)
    detector.fit(images, FitContext(seed=5))
    return detector


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras, when it saves
@pytest.mark.parametrize(("encoder", "framework", "params"), ENCODERS)
def test_the_encoder_is_trained_as_alone_and_comes_back(encoder, framework, params, tmp_path, monkeypatch):
    pytest.importorskip({"keras": "tensorflow"}.get(framework, framework))
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    images = np.random.RandomState(0).uniform(size=(48, 8, 8, 1)).astype(np.float32)
    images.flags.writeable = False
    values = {"encoder": encoder, "encoder_parameters": params, "heads": ["lof", "gaussian"]}
    alone, hybrid = trained(encoder, framework, images, params), trained("hybrid", framework, images, values)
    assert np.array_equal(hybrid.embed(images), alone.embed(images))
    hybrid.save(tmp_path)
    loaded = build_detector("hybrid", values)
    loaded.load(tmp_path)
    for rule, scores in hybrid.score(images).items():
        assert loaded.score(images)[rule] == pytest.approx(scores, rel=1e-6), rule
