"""The baseline `untrained`: the codes of an encoder as the seed initialises it."""

import numpy as np
import pytest

from bench_hybrid.configs import UntrainedConfig
from bench_hybrid.gaussian import mahalanobis
from bench_hybrid.untrained import Untrained
from benchmark import BadData, BenchError, FitContext, NotFitted, build_detector
from benchmark.registry import registry
from benchmark.running import frameworks


def test_it_is_a_baseline_of_zero_epochs_at_its_defaults():
    resolved = registry().resolve("untrained", {})
    assert resolved.spec.baseline
    assert resolved.params["encoder_parameters"]["epochs"] == 0
    assert registry().changed("untrained", resolved.params) == {}


def test_another_encoder_is_not_trained_either():
    known = registry()
    params = known.resolve("untrained", {"encoder": "vae", "encoder_parameters": {"latent_dim": 4}}).params
    assert (params["encoder_parameters"]["epochs"], params["encoder_parameters"]["latent_dim"]) == (0, 4)
    assert known.changed("untrained", params) == {"encoder": "vae", "encoder_parameters": {"latent_dim": 4}}
    assert known.resolve("untrained", {"encoder": "rotnet", "encoder_parameters": {"steps": 0}}).framework == "torch"


@pytest.mark.parametrize(
    ("encoder", "table", "names"),
    [
        ("vae", {"epochs": 1}, "epochs"),
        ("deep_svdd", {"pretrain_epochs": 2}, "pretrain_epochs"),
        ("rotnet", {"steps": 5}, "steps"),
        ("geom", {"steps": 0}, "epochs"),
    ],
)
def test_an_encoder_that_would_be_trained_is_refused(encoder, table, names):
    with pytest.raises(BenchError, match=f"must set {names} to 0"):
        registry().resolve("untrained", {"encoder": encoder, "encoder_parameters": table})


def test_the_score_is_the_squared_mahalanobis_distance_of_the_codes(coding, images):
    detector, probe = Untrained(UntrainedConfig(), coding()), images(20, seed=1)
    detector.fit(images(), FitContext())
    codes = detector.embed(images())
    expected = mahalanobis(codes).score(detector.embed(probe))
    assert list(detector.score(probe)) == ["mahalanobis"]
    assert detector.score(probe)["mahalanobis"] == pytest.approx(expected)
    assert {"code_dim", "mahalanobis.shrinkage", "parameters"} == set(detector.facts())


def test_its_messages_have_its_own_name(coding, images):
    detector = Untrained(UntrainedConfig(), coding())
    with pytest.raises(NotFitted, match="'untrained' must be fitted"):
        detector.score(images(2))
    with pytest.raises(BadData, match="'untrained' needs at least 2"):
        detector.fit(images(1), FitContext())
    with pytest.raises(BenchError, match="'untrained' cannot use the encoder"):
        Untrained(UntrainedConfig(encoder="pca"), object())


@pytest.mark.torch
def test_its_codes_are_those_of_the_encoder_with_no_epoch_and_come_back(tmp_path):
    images = np.random.RandomState(0).uniform(size=(48, 8, 8, 1)).astype(np.float32)
    images.flags.writeable = False

    def fitted(name, params):
        frameworks.seed_everything("torch", 5)
        detector = build_detector(name, params)
        detector.fit(images, FitContext(seed=5))
        return detector

    frameworks.load("torch", threads=1)
    untrained, alone = fitted("untrained", {}), fitted("deep_svdd", {"epochs": 0})
    assert np.array_equal(untrained.embed(images), alone.embed(images))
    untrained.save(tmp_path)
    loaded = build_detector("untrained", {})
    loaded.load(tmp_path)
    assert loaded.score(images)["mahalanobis"] == pytest.approx(untrained.score(images)["mahalanobis"], rel=1e-9)
